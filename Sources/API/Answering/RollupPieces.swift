import Lagoon
import Primitives
import Rollups
import Text

/// Rollups as JSON, made some buckets at a time.
struct RollupPieces: PieceSource {
  private let answer: RollupAnswer
  private let query: RollupQuery
  private let watermark: UnixNanos
  private let version: Int64
  private var writer: BucketsWriter
  private var json = JSONWriter()
  private var isBegun = false
  private var isDone = false
  private var group = 0
  private var bucket = 0
  private(set) var passingBytes: Range<Int>?

  var heldBytes: Int { answer.byteCount }
  var rowCount: Int { answer.groups.reduce(0) { $0 + $1.count } }

  init(_ answer: RollupAnswer, query: RollupQuery, view: LagoonView) {
    self.answer = answer
    self.query = query
    watermark = view.watermark
    version = view.changeVersion
    writer = BucketsWriter(query)
  }

  mutating func next(to bytes: inout [UInt8]) -> Bool {
    if isDone { return false }
    if !isBegun { begin() }
    while json.bytes.count < Limits.answerPieceBytes && group < answer.groups.count {
      let current = answer.groups[group]
      let room = max(0, Limits.answerPieceBytes - json.bytes.count)
      let end = min(current.count, bucket + room / writer.bucketBytes + 1)
      if bucket == 0 { writer.open(current, to: &json) }
      writer.write(current, bucket..<end, to: &json)
      bucket = end
      if bucket < current.count { continue }
      writer.close(&json)
      group += 1
      bucket = 0
    }
    if group == answer.groups.count {
      json.endArray()
      json.endObject()
      isDone = true
    }
    json.move(to: &bytes)
    return true
  }

  private mutating func begin() {
    isBegun = true
    json.beginObject()
    json.name("measurement")
    json.string(query.measurement)
    json.name("field")
    json.string(query.field)
    json.name("step")
    json.string(query.step.name)
    json.name("from")
    json.time(query.from)
    json.name("to")
    json.time(query.to)
    json.passing { json in
      json.name("watermark")
      json.time(watermark)
      json.name("version")
      json.integer(version)
    }
    passingBytes = json.passingBytes
    json.name("groups")
    json.beginArray()
  }
}
