import Cryptography
import Pipeline
import Primitives
import Sys

/// The worker that delivers to one receiver, so that one which fails holds up no other.
final class WebhookSender: Worker {
  var name: String { "hook-\(settings.name)" }
  /// What is left of the processor.
  let niceness: Int32 = 10
  let settings: WebhookSettings
  let outbox: WebhookOutbox
  private let transport: any WebhookTransport
  private let signal: WorkerSignal

  init(_ settings: WebhookSettings, outbox: WebhookOutbox, transport: any WebhookTransport) throws(SystemError) {
    self.settings = settings
    self.outbox = outbox
    self.transport = transport
    signal = try WorkerSignal()
  }

  func wake() { signal.wake() }

  func stop() { signal.stop() }

  func run() {
    while !signal.isStopping {
      let waitNanos = turn()
      if waitNanos > 0 { signal.wait(timeoutNanos: waitNanos) }
    }
  }

  /// Sends what is due first, if anything is. Also for who runs a node in turns.
  ///
  /// - Returns: how long there is nothing to do.
  func turn() -> Int64 {
    let next = outbox.next(nowNanos: Clock.realtimeNanos(), monotonicNanos: Clock.monotonicNanos())
    guard let delivery = next.delivery else { return next.waitNanos }
    guard let cause = attempt(delivery) else {
      outbox.finish(delivery.id)
      return 0
    }
    // What was broken off says nothing of the receiver.
    if signal.isStopping { return 0 }
    outbox.postpone(
      delivery.id, cause: "cannot deliver an alert to webhook \(settings.name): \(cause)",
      monotonicNanos: Clock.monotonicNanos())
    return 0
  }

  /// Sends it once. nil if the receiver took it, else why not.
  private func attempt(_ delivery: WebhookDelivery) -> String? {
    let timestamp = String(Clock.realtimeNanos() / Nanos.perSecond)
    let body = Array(delivery.body.utf8)
    let code = DigestAlgorithm.sha256.authenticationCode(key: settings.secret, Array("\(timestamp).".utf8) + body)
    guard let code else { return "libcrypto has no HMAC-SHA256" }
    let headers = [
      (name: "Content-Type", value: "application/json"), (name: "User-Agent", value: "ThiNai"),
      (name: "X-ThiNai-Delivery", value: delivery.id), (name: "X-ThiNai-Timestamp", value: timestamp),
      (name: "X-ThiNai-Signature", value: "sha256=\(Hexadecimal.text(code))"),
    ]
    let signal = signal
    return transport.post(WebhookPost(url: settings.url, headers: headers, body: body)) { signal.isStopping }
  }
}
