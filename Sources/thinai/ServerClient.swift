import Foundation
import FoundationNetworking
import Text

/// Asks a running server over HTTP.
struct ServerClient {
  let base: URL

  /// Fails with exit code 2 if `text` is no URL.
  init(_ text: String) throws {
    guard let url = URL(string: text), url.scheme == "http" || url.scheme == "https", url.host != nil else {
      throw CommandFailure.misuse("cannot use server \(text): it must be a URL such as http://127.0.0.1:8080")
    }
    base = url
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
    var request = URLRequest(url: url)
    request.timeoutInterval = 30
    let data: Data
    let response: URLResponse
    do {
      (data, response) = try await URLSession.shared.data(for: request)
    } catch {
      throw CommandFailure.failed("cannot ask \(url): \(error.localizedDescription)")
    }
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    if status != 200 {
      let problem = try? JSONReader.read(Array(data))
      let detail = problem?["detail"]?.text ?? problem?["title"]?.text ?? String(decoding: data, as: UTF8.self)
      throw CommandFailure.failed("cannot ask \(url): \(status) \(detail)")
    }
    return (data, (response as? HTTPURLResponse)?.value(forHTTPHeaderField: "Next-Cursor"))
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
