import Foundation
import FoundationNetworking
import Secure
import Text

/// Asks a running server over HTTP.
struct ServerClient {
  let base: URL
  let token: String?
  /// nil for a server without TLS. The system's own client believes the system's authorities alone.
  let secure: HTTPSClient?

  /// The variables that say by what token to ask, and whose certificates to believe.
  private static let tokenVariable = "THINAI_TOKEN"
  private static let authoritiesVariable = "THINAI_CA"

  /// Fails with exit code 2 if `text` is no URL.
  ///
  /// - Parameter authorities: a file of certificates in PEM; nil for what the environment says, else the system's.
  init(_ text: String, authorities: String? = nil) throws {
    let environment = ProcessInfo.processInfo.environment
    token = environment[Self.tokenVariable].flatMap { $0.isEmpty ? nil : $0 }
    guard let url = URL(string: text), url.scheme == "http" || url.scheme == "https", url.host != nil else {
      throw CommandFailure.misuse("cannot use server \(text): it must be a URL such as http://127.0.0.1:8080")
    }
    base = url
    guard url.scheme == "https" else {
      secure = nil
      return
    }
    do {
      secure = HTTPSClient(try TLSTrust(authorities: authorities ?? environment[Self.authoritiesVariable]))
    } catch {
      throw CommandFailure.misuse("\(error)")
    }
  }

  /// The body of an answer. Throws the problem's detail if the server refuses.
  func get(_ path: String, _ query: [(String, String)] = []) async throws -> Data {
    try await page(path, query).body
  }

  /// The body of an answer, and the next page's cursor if it stands in a header.
  func page(_ path: String, _ query: [(String, String)] = []) async throws -> (body: Data, next: String?) {
    var components = URLComponents()
    components.scheme = base.scheme
    components.host = base.host
    components.port = base.port
    components.path = path
    if !query.isEmpty {
      components.percentEncodedQuery = query.map {
        PercentCoding.encode($0.0) + "=" + PercentCoding.encode($0.1)
      }.joined(separator: "&")
    }
    guard let url = components.url else { throw CommandFailure.misuse("cannot ask \(path): it makes no URL") }
    let answer = try await answer(url)
    if answer.status != 200 {
      let problem = try? JSONReader.read(answer.body)
      let detail =
        problem?["detail"]?.text ?? problem?["title"]?.text ?? String(decoding: answer.body, as: UTF8.self)
      throw CommandFailure.failed("cannot ask \(url): \(answer.status) \(detail)")
    }
    return (Data(answer.body), answer.header("Next-Cursor"))
  }

  /// What a page of readings may take at the most, and some to spare.
  private static let longestBytes = 1 << 30

  private func answer(_ url: URL) async throws -> HTTPSAnswer {
    do {
      if let secure {
        guard let address = WebAddress(url.absoluteString) else { throw URLError(.badURL) }
        let headers = token.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? []
        return try await secure.ask(address, headers: headers, longestBytes: Self.longestBytes, seconds: 300)
      }
      var request = URLRequest(url: url)
      request.timeoutInterval = 30
      if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
      let (data, response) = try await URLSession.shared.data(for: request)
      var answer = HTTPSAnswer(status: (response as? HTTPURLResponse)?.statusCode ?? 0, body: Array(data))
      if let cursor = (response as? HTTPURLResponse)?.value(forHTTPHeaderField: "Next-Cursor") {
        answer.headers = [(name: "Next-Cursor", value: cursor)]
      }
      return answer
    } catch let fault as TLSFault {
      throw CommandFailure.failed("cannot ask \(url): \(fault)")
    } catch {
      throw CommandFailure.failed("cannot ask \(url): \(error.localizedDescription)")
    }
  }

  /// An answer's JSON object.
  func object(_ path: String, _ query: [(String, String)] = []) async throws -> JSONValue {
    let data = try await get(path, query)
    guard let object = try? JSONReader.read(Array(data)), case .object = object else {
      throw CommandFailure.failed("cannot read the answer to \(path): it is no JSON object")
    }
    return object
  }

  /// Waits until the server is ready; false at the time limit.
  func waitUntilReady(seconds: Double) async -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if (try? await get("/readyz")) != nil { return true }
      try? await Task.sleep(nanoseconds: 100_000_000)
    }
    return false
  }
}
