import Cryptography
import Pipeline
import Primitives
import Synchronization
import Sys

/// The thread that delivers to one receiver, so that one which fails holds up no other.
final class WebhookSender: Worker {
  var name: String { "hook-\(settings.name)" }
  /// What is left of the processor.
  let niceness: Int32 = 10
  let settings: WebhookSettings
  let outbox: WebhookOutbox
  private let client: WebhookClient
  private let wakeUp: WakeUp
  private let stopping = Atomic<Bool>(false)

  private static let attemptSeconds: Int64 = 15

  init(_ settings: WebhookSettings, outbox: WebhookOutbox, client: WebhookClient) throws(SystemError) {
    self.settings = settings
    self.outbox = outbox
    self.client = client
    wakeUp = try WakeUp()
  }

  func signal() { wakeUp.signal() }

  func stop() {
    stopping.store(true, ordering: .releasing)
    wakeUp.signal()
  }

  func run() {
    while !stopping.load(ordering: .acquiring) {
      let next = outbox.next(nowNanos: Clock.realtimeNanos(), monotonicNanos: Clock.monotonicNanos())
      guard let delivery = next.delivery else {
        wakeUp.wait(timeoutNanos: next.waitNanos)
        continue
      }
      if let cause = attempt(delivery) {
        if stopping.load(ordering: .acquiring) { return }
        outbox.postpone(
          delivery.id, cause: "cannot deliver an alert to webhook \(settings.name): \(cause)",
          monotonicNanos: Clock.monotonicNanos())
      } else {
        outbox.finish(delivery.id)
      }
    }
  }

  /// Sends it once. nil if the receiver took it, else why not.
  private func attempt(_ delivery: WebhookDelivery) -> String? {
    guard let headers = headers(delivery) else { return "libcrypto has no HMAC-SHA256" }
    let until = Clock.monotonicNanos() + Self.attemptSeconds * Nanos.perSecond
    let exchange = client.post(delivery.body, to: settings.url, headers: headers) { [wakeUp] in wakeUp.signal() }
    guard let exchange else { return "its url is none" }
    while true {
      switch exchange.outcome {
      case .answered(let status): return (200..<300).contains(status) ? nil : "it answered \(status)"
      case .failed(let cause): return cause
      case nil: break
      }
      let left = until - Clock.monotonicNanos()
      if left <= 0 || stopping.load(ordering: .acquiring) {
        exchange.cancel()
        return "it did not answer"
      }
      wakeUp.wait(timeoutNanos: min(left, Nanos.perSecond))
    }
  }

  /// With a signature over time and body, by which the receiver knows who sends.
  private func headers(_ delivery: WebhookDelivery) -> [(name: String, value: String)]? {
    let timestamp = String(Clock.realtimeNanos() / Nanos.perSecond)
    let code = DigestAlgorithm.sha256.authenticationCode(
      key: settings.secret, Array("\(timestamp).".utf8) + Array(delivery.body.utf8))
    guard let code else { return nil }
    return [
      ("Content-Type", "application/json"), ("User-Agent", "ThiNai"), ("X-ThiNai-Delivery", delivery.id),
      ("X-ThiNai-Timestamp", timestamp), ("X-ThiNai-Signature", "sha256=\(Hexadecimal.text(code))"),
    ]
  }
}
