import Foundation
import FoundationNetworking
import Secure
import Text

extension ServerClient {
  /// How often lines are sent again for which the server has no room.
  private static let attempts = 30
  private static let longestAnswerBytes = 1 << 20
  private static let answerSeconds = 120

  /// Sends lines, and waits until their rows are durable; what became of them, and what is wrong with those refused.
  ///
  /// A server that has no room now is asked again.
  func write(_ lines: [UInt8], precision: String) async throws -> (totals: ImportTotals, error: String?) {
    var last = "the server has no room"
    for attempt in 1...Self.attempts {
      let answer = try await post("/write?precision=\(precision)", lines)
      func count(_ name: String) -> Int? { answer.header(name).flatMap { Int($0) } }
      let text = (try? JSONReader.read(answer.body))?["error"]?.text
      if let stored = count("Thinai-Rows-Stored"), let refused = count("Thinai-Lines-Refused") {
        let totals = ImportTotals(stored: stored, refused: refused, flawed: count("Thinai-Lines-Flawed") ?? 0)
        return (totals, text)
      }
      last = "\(answer.status) \(text ?? "")"
      if answer.status != 503 { break }
      if attempt < Self.attempts {
        let seconds = min(60, max(1, count("Retry-After") ?? 1))
        try await Task.sleep(nanoseconds: UInt64(seconds) * 1_000_000_000)
      }
    }
    throw CommandFailure.failed("cannot write to \(base): \(last)")
  }

  private func post(_ target: String, _ body: [UInt8]) async throws -> HTTPSAnswer {
    guard let url = URL(string: target, relativeTo: base)?.absoluteURL else {
      throw CommandFailure.misuse("cannot write to \(base): it makes no URL")
    }
    var headers = [(name: "Content-Type", value: "text/plain; charset=utf-8")]
    if let token { headers.append((name: "Authorization", value: "Bearer \(token)")) }
    do {
      if let secure {
        guard let address = WebAddress(url.absoluteString) else { throw URLError(.badURL) }
        return try await secure.ask(
          address, headers: headers, body: body, longestBytes: Self.longestAnswerBytes,
          seconds: Int64(Self.answerSeconds))
      }
      var request = URLRequest(url: url)
      request.httpMethod = "POST"
      request.timeoutInterval = TimeInterval(Self.answerSeconds)
      request.httpBody = Data(body)
      for header in headers { request.setValue(header.value, forHTTPHeaderField: header.name) }
      let (data, response) = try await URLSession.shared.data(for: request)
      let known = response as? HTTPURLResponse
      var answer = HTTPSAnswer(status: known?.statusCode ?? 0, body: Array(data))
      answer.headers = (known?.allHeaderFields ?? [:]).map { (name: "\($0.key)", value: "\($0.value)") }
      return answer
    } catch let fault as TLSFault {
      throw CommandFailure.failed("cannot write to \(url): \(fault)")
    } catch {
      throw CommandFailure.failed("cannot write to \(url): \(error.localizedDescription)")
    }
  }
}
