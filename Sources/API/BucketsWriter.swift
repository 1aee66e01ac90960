import Lagoon
import Primitives
import Rollups
import Text

/// Writes the buckets of an answer. A large one has a hundred thousand: names, times and all that is alike are made into
/// text once, in one array.
struct BucketsWriter {
  private let query: RollupQuery
  private var pieces: [UInt8]
  /// `,"avg":` for each aggregate.
  private let names: [Range<Int>]
  private let complete: Range<Int>
  private let incomplete: Range<Int>
  /// Where `,{"time":"…"` begins by the number of the time; -1 until it was needed.
  private var timePlaces: [Int32] = []
  /// `,{"time":"2026-11-20` of the day of the time that was made last: most of the next is alike.
  private var dayText: [UInt8] = []
  private var day = Int64.min

  /// Buckets are of whole minutes: no time has a fraction of a second.
  private static let timeBytes = ",{\"time\":\"2026-11-20T07:00:00Z\"".utf8.count

  init(_ query: RollupQuery) {
    var pieces: [UInt8] = []
    func add(_ text: String) -> Range<Int> {
      pieces.append(contentsOf: text.utf8)
      return pieces.count - text.utf8.count..<pieces.count
    }
    self.query = query
    names = query.aggregates.map { add(",\"\($0.name)\":") }
    complete = add(",\"complete\":true}")
    incomplete = add(",\"complete\":false}")
    self.pieces = pieces
  }

  /// About what a bucket takes.
  var bucketBytes: Int { 56 + names.reduce(0) { $0 + $1.count + 18 } }

  /// Writes what stands before a group's buckets, as the beginning of an element of an array.
  func open(_ group: RollupAnswer.Group, to json: inout JSONWriter) {
    json.beginObject()
    json.group(group.name, by: query.groupName)
    json.name("buckets")
    json.beginArray()
  }

  /// Writes some of a group's buckets.
  mutating func write(_ group: RollupAnswer.Group, _ indexes: Range<Int>, to json: inout JSONWriter) {
    for index in indexes { learnTime(group, index) }
    pieces.withUnsafeBufferPointer { pieces in
      for index in indexes {
        let place = Int(timePlaces[group.timeNumber(index)])
        // The first one follows nothing.
        let time = (index == 0 ? place + 1 : place)..<place + Self.timeBytes
        json.verbatim(UnsafeBufferPointer(rebasing: pieces[time]))
        write(group.cell(index), pieces, to: &json)
      }
    }
  }

  func close(_ json: inout JSONWriter) {
    json.endArray()
    json.endObject()
  }

  private func write(
    _ cell: RollupAnswer.Cell, _ pieces: UnsafeBufferPointer<UInt8>, to json: inout JSONWriter
  ) {
    var quantile = 0
    for index in names.indices {
      json.verbatim(UnsafeBufferPointer(rebasing: pieces[names[index]]))
      switch cell.value(of: query.aggregates[index], quantile: &quantile) {
      case .integer(let value): json.bareInteger(value)
      case .double(let value): json.bareDouble(value)
      case .digits(let mantissa, let scale): json.bareText(NumberFormat.decimal(mantissa: mantissa, scale: scale))
      }
    }
    if cell.isPartial { json.bareText(",\"partial\":true") }
    json.verbatim(UnsafeBufferPointer(rebasing: pieces[cell.isComplete ? complete : incomplete]))
  }

  private mutating func learnTime(_ group: RollupAnswer.Group, _ index: Int) {
    let number = group.timeNumber(index)
    if number >= timePlaces.count {
      timePlaces.append(contentsOf: repeatElement(-1, count: max(number + 1, timePlaces.count * 2) - timePlaces.count))
    }
    if timePlaces[number] >= 0 { return }
    timePlaces[number] = Int32(pieces.count)
    let time = group.time(index)
    if flooredDivision(time, by: Nanos.perDay) != day {
      day = flooredDivision(time, by: Nanos.perDay)
      dayText = Array(",{\"time\":\"".utf8)
      RFC3339.appendDate(time, to: &dayText)
    }
    pieces.append(contentsOf: dayText)
    RFC3339.appendClock(time, to: &pieces)
    pieces.append(UInt8(ascii: "\""))
  }
}

extension JSONWriter {
  /// `"by":{"area":"52"}`: what tells a group apart; nothing where all is one.
  mutating func group(_ group: String, by groupName: String?) {
    name("by")
    object { json in
      guard let groupName else { return }
      json.name(groupName)
      json.string(group)
    }
  }

  mutating func group(_ group: String, by groupBy: GroupBy) {
    self.group(group, by: groupBy == .none ? nil : groupBy.rawValue)
  }
}
