import Foundation
import FoundationNetworking
import Primitives
import Synchronization
import Sys

/// Carries alerts by Foundation's HTTP client, which is libcurl's. Certificates are verified, which is its default;
/// redirects are not followed, and of an answer nothing but its status is kept.
final class HTTPTransport: WebhookTransport {
  private let session: URLSession
  private let answers = Answers()

  private static let attemptSeconds: Int64 = 15
  private static let idleSeconds = 10.0
  private static let lookNanos = Nanos.perSecond

  init() {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = Self.idleSeconds
    configuration.httpCookieAcceptPolicy = .never
    configuration.httpShouldSetCookies = false
    configuration.urlCache = nil
    session = URLSession(configuration: configuration, delegate: answers, delegateQueue: nil)
  }

  func close() { session.invalidateAndCancel() }

  func post(_ post: WebhookPost, isStopping: @Sendable () -> Bool) -> String? {
    guard let url = URL(string: post.url) else { return "\(post.url) is no URL" }
    guard let exchange = try? Exchange() else { return "there is no descriptor to wait by" }
    var request = URLRequest(url: url)
    request.httpMethod = "POST"
    request.httpBody = Data(post.body)
    for header in post.headers { request.setValue(header.value, forHTTPHeaderField: header.name) }
    let task = session.dataTask(with: request)
    answers.expect(exchange, task)
    task.resume()
    let until = Clock.monotonicNanos() + Self.attemptSeconds * Nanos.perSecond
    while true {
      switch exchange.outcome {
      case .answered(let status): return (200..<300).contains(status) ? nil : "it answered \(status)"
      case .failed(let cause): return cause
      case nil: break
      }
      let left = until - Clock.monotonicNanos()
      if left <= 0 || isStopping() {
        answers.forget(task)
        task.cancel()
        return "it did not answer"
      }
      exchange.wait(timeoutNanos: min(left, Self.lookNanos))
    }
  }

  /// One request, until its outcome is known.
  private final class Exchange: Sendable {
    enum Outcome: Sendable {
      case answered(status: Int)
      case failed(cause: String)
    }

    private let known = Mutex<Outcome?>(nil)
    private let wakeUp: WakeUp

    init() throws(SystemError) { wakeUp = try WakeUp() }

    /// nil until there is one.
    var outcome: Outcome? { known.withLock { $0 } }

    func end(_ outcome: Outcome) {
      known.withLock { $0 = outcome }
      wakeUp.signal()
    }

    func wait(timeoutNanos: Int64) { wakeUp.wait(timeoutNanos: timeoutNanos) }
  }

  /// What the session says of its tasks, on a queue of its own.
  private final class Answers: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private let exchanges = Mutex<[Int: Exchange]>([:])

    func expect(_ exchange: Exchange, _ task: URLSessionTask) {
      exchanges.withLock { $0[task.taskIdentifier] = exchange }
    }

    func forget(_ task: URLSessionTask) {
      _ = exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }
    }

    /// The first outcome stands.
    private func end(_ task: URLSessionTask, _ outcome: Exchange.Outcome) {
      exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }?.end(outcome)
    }

    func urlSession(
      _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
      completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
      // The body, which nobody reads, may be as long as it likes.
      if let response = response as? HTTPURLResponse { end(dataTask, .answered(status: response.statusCode)) }
      completionHandler(.cancel)
    }

    func urlSession(
      _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
      newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
      end(task, .answered(status: response.statusCode))
      completionHandler(nil)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
      if let response = task.response as? HTTPURLResponse {
        end(task, .answered(status: response.statusCode))
      } else if (error as? URLError)?.code == .timedOut {
        end(task, .failed(cause: "it did not answer"))
      } else {
        end(task, .failed(cause: error?.localizedDescription ?? "it answered nothing"))
      }
    }
  }
}
