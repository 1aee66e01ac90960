import Synchronization
import Text

@testable import ObjectStore

/// A store in memory, as far as the client asks for it; it may behave badly.
final class MemoryStore: ObjectTransport {
  enum Manner: Sendable {
    case good
    /// Passes over `If-None-Match`.
    case passesOver
    /// Knows it not.
    case unable
    /// Reads only.
    case readOnly
    /// Refuses what comes under a condition, always.
    case refusesAll
    /// Something before it takes the header away, and the signature is wrong.
    case stripped
    /// Writes, and says that it did not.
    case lies
  }

  private struct State {
    var objects: [String: [UInt8]] = [:]
    var uploads: [String: [Int: [UInt8]]] = [:]
    var asked = 0
  }

  private let manner: Manner
  private let state = Mutex(State())

  init(_ manner: Manner = .good) { self.manner = manner }

  var objects: [String: [UInt8]] { state.withLock { $0.objects } }
  var asked: Int { state.withLock { $0.asked } }
  var uploads: Int { state.withLock { $0.uploads.count } }

  func exchange(_ request: TransportRequest, into sink: any BodySink) throws(TransportFault) {
    let (status, body) = state.withLock { answer(request, &$0) }
    var headers = [TestTransport.Step.date, Header("ETag", "\"\(body.count)\"")]
    if status == 206 { headers.append(Header("Content-Range", contentRange(request, body))) }
    let piece = status == 206 ? stretch(request, body) : body
    headers.append(Header("Content-Length", String(piece.count)))
    try sink.begin(TransportHead(status: status, headers: headers))
    if request.method != .head { try sink.take(piece) }
  }

  private func refusal(_ code: String) -> [UInt8] { Array("<Error><Code>\(code)</Code></Error>".utf8) }

  private func answer(_ request: TransportRequest, _ state: inout State) -> (Int, [UInt8]) {
    state.asked += 1
    let parts = request.address.target.split(separator: "?", maxSplits: 1).map(String.init)
    let key = PercentCoding.decode(parts[0].dropFirst("/lake/".count)) ?? ""
    var query: [String: String] = [:]
    for item in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
      let pair = item.split(separator: "=", omittingEmptySubsequences: false)
      query[String(pair[0])] = pair.count > 1 ? PercentCoding.decode(pair[1]) : ""
    }
    let isConditional = request.header("If-None-Match") != nil
    if [.put, .post].contains(request.method), manner == .readOnly { return (403, refusal("AccessDenied")) }
    if isConditional, manner == .unable { return (501, refusal("NotImplemented")) }
    if isConditional, manner == .stripped { return (403, refusal("SignatureDoesNotMatch")) }
    if query["list-type"] != nil { return (200, page(query, state.objects)) }
    if request.method == .post, query["uploads"] != nil {
      let id = "u\(state.asked)"
      state.uploads[id] = [:]
      return (200, document("InitiateMultipartUploadResult", "<UploadId>\(id)</UploadId>"))
    }
    if request.method == .put, let id = query["uploadId"], let number = query["partNumber"].flatMap({ Int($0) }) {
      state.uploads[id]?[number] = request.body
      return (200, [])
    }
    switch request.method {
    case .put: return put(request.body, key, isConditional, &state)
    case .post:
      let whole = state.uploads[query["uploadId"] ?? ""]?.sorted { $0.key < $1.key }.flatMap(\.value) ?? []
      let (status, body) = put(whole, key, isConditional, &state)
      if status == 200 { state.uploads[query["uploadId"] ?? ""] = nil }
      return status == 200 ? (200, document("CompleteMultipartUploadResult", "<ETag>e</ETag>")) : (status, body)
    case .delete:
      if let id = query["uploadId"] { state.uploads[id] = nil } else { state.objects[key] = nil }
      return (204, [])
    case .get, .head:
      guard let bytes = state.objects[key] else { return (404, refusal("NoSuchKey")) }
      if request.header("Range") != nil { return bytes.isEmpty ? (416, refusal("InvalidRange")) : (206, bytes) }
      return (200, bytes)
    }
  }

  private func put(_ bytes: [UInt8], _ key: String, _ isConditional: Bool, _ state: inout State) -> (Int, [UInt8]) {
    let isThere = state.objects[key] != nil
    if isConditional, manner == .refusesAll || manner == .good && isThere {
      return (412, refusal("PreconditionFailed"))
    }
    state.objects[key] = bytes
    return isConditional && isThere && manner == .lies ? (412, refusal("PreconditionFailed")) : (200, [])
  }

  private func document(_ name: String, _ text: String) -> [UInt8] { Array("<\(name)>\(text)</\(name)>".utf8) }

  private func page(_ query: [String: String], _ objects: [String: [UInt8]]) -> [UInt8] {
    let start = query["continuation-token"] ?? query["start-after"] ?? ""
    let keys = objects.keys.filter { $0.hasPrefix(query["prefix"] ?? "") && $0 > start }.sorted()
    let most = Int(query["max-keys"] ?? "") ?? 1_000
    let some = keys.prefix(most)
    return Array(listPage(some.map { PercentCoding.encode($0) }, next: keys.count > most ? some.last : nil).utf8)
  }

  private func bounds(_ request: TransportRequest, _ body: [UInt8]) -> (first: Int, last: Int) {
    let numbers = (request.header("Range") ?? "").dropFirst("bytes=".count).split(separator: "-").map { Int($0) ?? 0 }
    return (numbers[0], min(numbers[1], body.count - 1))
  }

  private func contentRange(_ request: TransportRequest, _ body: [UInt8]) -> String {
    let (first, last) = bounds(request, body)
    return "bytes \(first)-\(last)/\(body.count)"
  }

  private func stretch(_ request: TransportRequest, _ body: [UInt8]) -> [UInt8] {
    let (first, last) = bounds(request, body)
    return Array(body[first...last])
  }
}
