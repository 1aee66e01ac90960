import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Primitives
import Synchronization
import Sys

/// What carries alerts to receivers: HTTP, or what a test puts in its place.
package protocol WebhookTransport: Sendable {
  /// Sends it once and waits for the answer. nil if the receiver took it, else why not.
  ///
  /// - Parameter isStopping: asked while it waits; once it says so, there is no more waiting.
  func post(_ post: WebhookPost, isStopping: @Sendable () -> Bool) -> String?

  /// Lets go of its connections.
  func close()
}

/// One request to a receiver.
package struct WebhookPost: Sendable {
  package var url: String
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
}

/// A client for all receivers: certificates are verified, which is its default, and redirects are not followed.
final class HTTPTransport: WebhookTransport {
  private let client: HTTPClient

  private static let attemptSeconds: Int64 = 15
  private static let answerBytes = 64 << 10
  private static let lookNanos = Nanos.perSecond

  init() {
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: HTTPClient.Configuration.Timeout(connect: .seconds(5), read: .seconds(10)))
    configuration.connectionPool.idleTimeout = .seconds(20)
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  func close() { try? client.syncShutdown() }

  func post(_ post: WebhookPost, isStopping: @Sendable () -> Bool) -> String? {
    do {
      let headers = HTTPHeaders(post.headers.map { ($0.name, $0.value) })
      let request = try HTTPClient.Request(url: post.url, method: .POST, headers: headers, body: .bytes(post.body))
      let task = client.execute(
        request: request, delegate: ResponseAccumulator(request: request, maxBodySize: Self.answerBytes),
        deadline: .now() + .seconds(Self.attemptSeconds))
      let answered = try Answered()
      task.futureResult.whenComplete { _ in answered.tell() }
      while !answered.isTold {
        answered.wait(timeoutNanos: Self.lookNanos)
        if isStopping() { task.cancel() }
      }
      let status = try task.wait().status
      return (200..<300).contains(status.code) ? nil : "it answered \(status.code)"
    } catch {
      return "\(error)"
    }
  }

  /// Whether there is an answer, or no hope of one.
  private final class Answered: Sendable {
    private let told = Atomic<Bool>(false)
    private let wakeUp: WakeUp

    init() throws(SystemError) { wakeUp = try WakeUp() }

    var isTold: Bool { told.load(ordering: .acquiring) }

    func tell() {
      told.store(true, ordering: .releasing)
      wakeUp.signal()
    }

    func wait(timeoutNanos: Int64) { wakeUp.wait(timeoutNanos: timeoutNanos) }
  }
}
