import AsyncHTTPClient
import Cryptography
import NIOCore
import NIOHTTP1
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
  private let client: HTTPClient
  private let wakeUp: WakeUp
  private let stopping = Atomic<Bool>(false)

  init(_ settings: WebhookSettings, outbox: WebhookOutbox, client: HTTPClient) throws(SystemError) {
    self.settings = settings
    self.outbox = outbox
    self.client = client
    wakeUp = try WakeUp()
  }

  /// A client for all receivers: certificates are verified, which is its default, and redirects are not followed.
  static func makeClient() -> HTTPClient {
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: HTTPClient.Configuration.Timeout(connect: .seconds(5), read: .seconds(10)))
    configuration.connectionPool.idleTimeout = .seconds(20)
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
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
    do {
      let request = try self.request(delivery)
      let task = client.execute(
        request: request, delegate: ResponseAccumulator(request: request, maxBodySize: Limits.webhookAnswerBytes),
        deadline: .now() + .seconds(Limits.webhookAttemptSeconds))
      let box = DoneFlag()
      task.futureResult.whenComplete { [wakeUp] _ in
        box.isDone.store(true, ordering: .releasing)
        wakeUp.signal()
      }
      while !box.isDone.load(ordering: .acquiring) {
        wakeUp.wait(timeoutNanos: Nanos.perSecond)
        if stopping.load(ordering: .acquiring) { task.cancel() }
      }
      let status = try task.wait().status
      return (200..<300).contains(status.code) ? nil : "it answered \(status.code)"
    } catch {
      return "\(error)"
    }
  }

  private final class DoneFlag: Sendable {
    let isDone = Atomic<Bool>(false)
  }

  private func request(_ delivery: WebhookDelivery) throws -> HTTPClient.Request {
    let timestamp = String(Clock.realtimeNanos() / Nanos.perSecond)
    let body = Array(delivery.body.utf8)
    guard
      let code = DigestAlgorithm.sha256.authenticationCode(
        key: settings.secret, Array("\(timestamp).".utf8) + body)
    else { throw EngineError("libcrypto has no HMAC-SHA256") }
    var headers = HTTPHeaders()
    headers.add(name: "Content-Type", value: "application/json")
    headers.add(name: "User-Agent", value: "ThiNai")
    headers.add(name: "X-ThiNai-Delivery", value: delivery.id)
    headers.add(name: "X-ThiNai-Timestamp", value: timestamp)
    headers.add(name: "X-ThiNai-Signature", value: "sha256=\(Hexadecimal.text(code))")
    return try HTTPClient.Request(url: settings.url, method: .POST, headers: headers, body: .bytes(body))
  }
}
