import Hummingbird
import Lagoon
import Text

/// Items in the form of Server-Sent Events (the HTML standard, section 9.2), cut into chunks at ends of events.
struct StreamText {
  private(set) var chunks: [ByteBuffer] = []
  private(set) var byteCount = 0
  private var open: [UInt8] = []

  private static let chunkBytes = 64 * 1_024
  /// How long a client waits before it comes back.
  private static let retryMillis = 2_000

  mutating func append(_ item: StreamItem) {
    append(event: item.kind.rawValue, id: item.position.text, data: item.json)
  }

  /// What a client is told of a fault that ends its stream.
  mutating func append(_ problem: APIProblem) {
    append(event: "problem", id: nil, data: problem.answer.bytes)
  }

  /// What a client is told of tables that cannot be read: the stream goes on without them.
  mutating func append(missing: [MissingTable]) {
    var json = JSONWriter()
    json.object { json in json.missing(missing) }
    append(event: "missing", id: nil, data: json.bytes)
  }

  private mutating func append(event: String, id: String?, data: [UInt8]) {
    open += "event: \(event)\n".utf8
    if let id { open += "id: \(id)\n".utf8 }
    // JSON of ours has no line ends; attributes that others wrote into a file may.
    for line in data.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 10 || $0 == 13 }) {
      open += "data: ".utf8
      open += line
      open.append(10)
    }
    open.append(10)
    if open.count >= Self.chunkBytes { close() }
  }

  /// A comment that keeps the connection, with where the client stands: nothing is dispatched there, but it is where it
  /// comes back to.
  mutating func append(standing position: StreamPosition, isFirst: Bool = false) {
    open += ": \(isFirst ? "thinai" : "heartbeat")\n".utf8
    if isFirst { open += "retry: \(Self.retryMillis)\n".utf8 }
    open += "id: \(position.text)\n\n".utf8
  }

  mutating func close() {
    if open.isEmpty { return }
    chunks.append(ByteBuffer(bytes: open))
    byteCount += open.count
    open.removeAll(keepingCapacity: true)
  }
}
