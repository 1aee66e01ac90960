import Lagoon
import Primitives
import Rollups

/// Writes the buckets of an answer: a large one has a hundred thousand, so times and names are made into text once.
struct BucketsWriter {
  private let query: RollupQuery
  /// `,"avg":` for each aggregate.
  private let names: [[UInt8]]
  /// `{"time":"…"` by the number of the time; empty until it was needed.
  private var times: [[UInt8]] = []

  private static let complete = Array(#","complete":true}"#.utf8)
  private static let incomplete = Array(#","complete":false}"#.utf8)

  init(_ query: RollupQuery) {
    self.query = query
    names = query.aggregates.map { Array(",\"\($0.name)\":".utf8) }
  }

  /// About what a bucket takes.
  var bucketBytes: Int { 56 + names.reduce(0) { $0 + $1.count + 18 } }

  /// Writes a group as an element of an array.
  mutating func write(_ group: RollupAnswer.Group, to json: inout JSONWriter) {
    json.object { json in
      json.name("by")
      json.object { json in
        if query.groupBy != .none {
          json.name(query.groupBy.rawValue)
          json.string(group.name)
        }
      }
      json.name("buckets")
      json.array { json in
        for index in 0..<group.count {
          if index > 0 { json.verbatim(CollectionOfOne(UInt8(ascii: ","))) }
          write(group.cell(index), timeNumber: group.timeNumber(index), to: &json)
        }
      }
    }
  }

  private mutating func write(_ cell: RollupAnswer.Cell, timeNumber: Int, to json: inout JSONWriter) {
    if timeNumber >= times.count {
      times.append(contentsOf: repeatElement([], count: max(timeNumber + 1, times.count * 2) - times.count))
    }
    if times[timeNumber].isEmpty {
      var text = Array("{\"time\":\"".utf8)
      Timestamp.append(cell.time, to: &text)
      text.append(UInt8(ascii: "\""))
      times[timeNumber] = text
    }
    json.verbatim(times[timeNumber])
    var quantile = 0
    for (index, aggregate) in query.aggregates.enumerated() {
      json.verbatim(names[index])
      switch cell.value(of: aggregate, quantile: &quantile) {
      case .integer(let value): json.bareInteger(value)
      case .double(let value): json.bareDouble(value)
      }
    }
    json.verbatim(cell.isComplete ? Self.complete : Self.incomplete)
  }
}
