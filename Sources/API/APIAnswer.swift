import HTTPTypes
import Lagoon
import Telemetry
import Text

/// What a route answers.
struct APIAnswer: Sendable {
  var bytes: [UInt8]
  var contentType: String
  var status: HTTPResponse.Status
  var headers = HTTPFields()
  /// What is written instead of bytes, until it ends.
  var stream: StreamSession?
  /// What makes the bytes, where there may be many.
  var source: (any PieceSource)?
  /// Bytes that say when it was made and not what it says.
  var passingBytes: Range<Int>?
  /// Whether a client may keep it, and asks each time whether it still stands.
  var isTagged = false
  /// Rows, buckets or whatever it lists; nil where it lists nothing.
  var rows: Int?
  /// How its body is packed.
  var coding = ContentCoding.identity
  /// The memory that it was given.
  var hold: AnswerMemory.Hold?

  init(bytes: [UInt8], contentType: String, status: HTTPResponse.Status = .ok) {
    self.bytes = bytes
    self.contentType = contentType
    self.status = status
  }

  init(json body: (inout JSONWriter) -> Void) {
    var writer = JSONWriter()
    writer.object(body)
    self.init(bytes: writer.bytes, contentType: "application/json")
    passingBytes = writer.passingBytes
  }

  /// One that is made as it is sent.
  init(_ source: some PieceSource, contentType: String) {
    self.init(bytes: [], contentType: contentType)
    self.source = source
    rows = source.rowCount
  }

  init(json source: some PieceSource) { self.init(source, contentType: "application/json") }
  init(csv source: some PieceSource) { self.init(source, contentType: "text/csv; charset=utf-8; header=present") }

  /// The answer with a tag of what it says: a client may keep it, and has to ask each time whether it still stands.
  func tagged() -> APIAnswer {
    var answer = self
    answer.isTagged = true
    answer.headers[.cacheControl] = "no-cache"
    return answer
  }

  /// With the tables named that it lacks something of.
  func lacking(_ missing: [MissingTable]) -> APIAnswer {
    if missing.isEmpty { return self }
    var answer = self
    let names = missing.prefix(Self.namedAtMost).map {
      $0.table == MissingTable.hiddenName
        ? $0.table
        : TableName(kind: $0.table == "events" ? .events : .readings, measurement: $0.table).directoryName
    }
    answer.headers[.missingTables] = names.joined(separator: ", ") + (missing.count > names.count ? ", ..." : "")
    return answer
  }

  private static let namedAtMost = 16
}
