import Foundation
import FoundationNetworking
import Text

extension ServerClient {
  /// How often lines are sent again for which the server has no room.
  private static let attempts = 30

  /// Sends lines, and waits until their rows are durable; what became of them, and what is wrong with those refused.
  ///
  /// A server that has no room now is asked again.
  func write(_ lines: [UInt8], precision: String) async throws -> (totals: LineTotals, error: String?) {
    guard let url = URL(string: "/write?precision=\(precision)", relativeTo: base) else {
      throw CommandFailure.misuse("cannot write to \(base): it makes no URL")
    }
    var request = URLRequest(url: url)
    request.httpMethod = "POST"
    request.timeoutInterval = 120
    request.httpBody = Data(lines)
    request.setValue("text/plain; charset=utf-8", forHTTPHeaderField: "Content-Type")
    if let token = ProcessInfo.processInfo.environment["THINAI_TOKEN"], !token.isEmpty {
      request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
    }
    for attempt in 1...Self.attempts {
      let data: Data
      let response: URLResponse
      do {
        (data, response) = try await URLSession.shared.data(for: request)
      } catch {
        throw CommandFailure.failed("cannot write to \(url.absoluteString): \(error.localizedDescription)")
      }
      guard let response = response as? HTTPURLResponse else { continue }
      func count(_ name: String) -> Int? { response.value(forHTTPHeaderField: name).flatMap { Int($0) } }
      let text = (try? JSONReader.read(Array(data)))?["error"]?.text
      if response.statusCode == 503 && attempt < Self.attempts {
        let seconds = min(60, max(1, count("Retry-After") ?? 1))
        try await Task.sleep(nanoseconds: UInt64(seconds) * 1_000_000_000)
        continue
      }
      guard let stored = count("Thinai-Rows-Stored"), let refused = count("Thinai-Lines-Refused") else {
        throw CommandFailure.failed("cannot write to \(url.absoluteString): \(response.statusCode) \(text ?? "")")
      }
      let totals = LineTotals(stored: stored, refused: refused, flawed: count("Thinai-Lines-Flawed") ?? 0)
      return (totals, text)
    }
    throw CommandFailure.failed("cannot write to \(url.absoluteString): the server has no room")
  }
}
