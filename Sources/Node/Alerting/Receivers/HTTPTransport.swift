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

  func post(_ post: WebhookPost, isStopping: @escaping @Sendable () -> Bool) -> String? {
    switch send(post, keepsBody: false, isStopping) {
    case .answered(let status, _): (200..<300).contains(status) ? nil : "it answered \(status)"
    case .failed(let cause): cause
    }
  }

  func ask(_ request: WebhookPost, isStopping: @escaping @Sendable () -> Bool) -> WebhookAnswer {
    send(request, keepsBody: true, isStopping)
  }

  private func send(_ post: WebhookPost, keepsBody: Bool, _ isStopping: () -> Bool) -> WebhookAnswer {
    guard let url = URL(string: post.url) else { return .failed("\(post.url) is no URL") }
    guard let exchange = try? Exchange(keepsBody: keepsBody) else {
      return .failed("there is no descriptor to wait by")
    }
    var request = URLRequest(url: url)
    request.httpMethod = post.method
    if !post.body.isEmpty { request.httpBody = Data(post.body) }
    for header in post.headers { request.setValue(header.value, forHTTPHeaderField: header.name) }
    let task = session.dataTask(with: request)
    answers.expect(exchange, task)
    task.resume()
    let until = Clock.monotonicNanos() + Limits.webhookAttemptSeconds * Nanos.perSecond
    while true {
      if let outcome = exchange.outcome { return outcome }
      let left = until - Clock.monotonicNanos()
      if left <= 0 || isStopping() {
        answers.forget(task)
        task.cancel()
        return .failed("it did not answer")
      }
      exchange.wait(timeoutNanos: min(left, Self.lookNanos))
    }
  }

  /// One request, until its outcome is known.
  private final class Exchange: Sendable {
    let keepsBody: Bool
    private let known = Mutex<WebhookAnswer?>(nil)
    private let body = Mutex<[UInt8]>([])
    private let wakeUp: WakeUp

    init(keepsBody: Bool) throws(SystemError) {
      self.keepsBody = keepsBody
      wakeUp = try WakeUp()
    }

    /// nil until there is one.
    var outcome: WebhookAnswer? { known.withLock { $0 } }

    func end(_ outcome: WebhookAnswer) {
      known.withLock { $0 = outcome }
      wakeUp.signal()
    }

    /// What was answered, with what came of its body.
    func end(status: Int) { end(.answered(status: status, body: body.withLock { $0 })) }

    /// False if it is more than anybody reads.
    func take(_ bytes: Data) -> Bool {
      body.withLock { body in
        if body.count + bytes.count > Limits.webhookAnswerBytes { return false }
        body += bytes
        return true
      }
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
    private func end(_ task: URLSessionTask, _ outcome: WebhookAnswer) {
      exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }?.end(outcome)
    }

    /// It answered; of a body that nobody reads nothing is waited for.
    private func end(_ task: URLSessionTask, status: Int) {
      exchanges.withLock { $0.removeValue(forKey: task.taskIdentifier) }?.end(status: status)
    }

    private func exchange(_ task: URLSessionTask) -> Exchange? { exchanges.withLock { $0[task.taskIdentifier] } }

    func urlSession(
      _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
      completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
      if exchange(dataTask)?.keepsBody ?? false { return completionHandler(.allow) }
      // The body, which nobody reads, may be as long as it likes.
      if let response = response as? HTTPURLResponse { end(dataTask, status: response.statusCode) }
      completionHandler(.cancel)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
      if exchange(dataTask)?.take(data) ?? true { return }
      end(dataTask, .failed("its answer is longer than \(Limits.webhookAnswerBytes) bytes"))
      dataTask.cancel()
    }

    func urlSession(
      _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
      newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
      // The outcome is told when the task is over: whoever lets go of the session or of the task before Foundation has
      // taken this word ends the process (swift-corelibs-foundation, HTTPURLProtocol.didCompleteRedirectCallback).
      completionHandler(nil)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
      if let response = task.response as? HTTPURLResponse, error == nil || exchange(task)?.keepsBody == false {
        end(task, status: response.statusCode)
      } else if (error as? URLError)?.code == .timedOut {
        end(task, .failed("it did not answer"))
      } else {
        end(task, .failed(error?.localizedDescription ?? "it answered nothing"))
      }
    }
  }
}
