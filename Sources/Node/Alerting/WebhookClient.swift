import Foundation
import FoundationNetworking
import Synchronization

/// One request to a receiver, from its begin until its outcome is known.
final class WebhookExchange: Sendable {
  enum Outcome: Sendable {
    case answered(status: Int)
    case failed(cause: String)
  }

  private let state = Mutex<Outcome?>(nil)
  private let signal: @Sendable () -> Void

  private let task: URLSessionTask

  fileprivate init(_ task: URLSessionTask, _ signal: @escaping @Sendable () -> Void) {
    self.task = task
    self.signal = signal
  }

  /// Nobody waits for it any longer.
  func cancel() { task.cancel() }

  /// nil until there is one.
  var outcome: Outcome? { state.withLock { $0 } }

  /// The first outcome stands.
  fileprivate func end(_ outcome: Outcome) {
    state.withLock { $0 = $0 ?? outcome }
    signal()
  }
}

/// Posts to receivers, by Foundation's client, which is libcurl's. Certificates are verified, redirects are not followed,
/// and of an answer nothing but its status is kept.
final class WebhookClient: Sendable {
  private let session: URLSession
  private let answers = Answers()

  private static let idleSeconds = 10.0

  init() {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = Self.idleSeconds
    configuration.httpCookieAcceptPolicy = .never
    configuration.httpShouldSetCookies = false
    configuration.urlCache = nil
    session = URLSession(configuration: configuration, delegate: answers, delegateQueue: nil)
  }

  /// Begins a request; nil if `address` is no URL. `signal` is called, on a thread of the client's, when its outcome is
  /// known.
  func post(
    _ body: String, to address: String, headers: [(name: String, value: String)], signal: @escaping @Sendable () -> Void
  ) -> WebhookExchange? {
    guard let url = URL(string: address) else { return nil }
    var request = URLRequest(url: url)
    request.httpMethod = "POST"
    request.httpBody = Data(body.utf8)
    for header in headers { request.setValue(header.value, forHTTPHeaderField: header.name) }
    let task = session.dataTask(with: request)
    let exchange = WebhookExchange(task, signal)
    answers.expect(exchange, task.taskIdentifier)
    task.resume()
    return exchange
  }

  /// Ends what is under way.
  func close() { session.invalidateAndCancel() }

  /// What the session tells of its tasks.
  private final class Answers: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private let exchanges = Mutex<[Int: WebhookExchange]>([:])

    func expect(_ exchange: WebhookExchange, _ task: Int) { exchanges.withLock { $0[task] = exchange } }

    private func end(_ task: URLSessionTask, _ outcome: WebhookExchange.Outcome) {
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
      let status = (task.response as? HTTPURLResponse)?.statusCode
      if let error, status == nil {
        let isLate = (error as? URLError)?.code == .timedOut
        end(task, .failed(cause: isLate ? "it did not answer" : error.localizedDescription))
      } else {
        end(task, status.map { .answered(status: $0) } ?? .failed(cause: "it answered nothing"))
      }
    }
  }
}
