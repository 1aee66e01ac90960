import Mutation
import Primitives
import Rollups
import Telemetry
import Testing

@testable import Lagoon

/// The quick way to a bucket of decimals says what the way value by value says.
@Suite struct DecimalBucketTests {
  private static func cells(_ values: [(tag: ValueTag, payload: Int64)]) -> ColumnCells {
    let chunk = RowChunk(capacity: max(1, values.count))
    for (row, value) in values.enumerated() {
      chunk.appendRow(series: 0, time: Int64(row), previous: .max)
      if value.tag != .null { chunk.setValue(column: 0, tag: value.tag, payload: value.payload) }
    }
    var cells = ColumnCells(count: values.count)
    if chunk.hasColumn(0) {
      cells.takeColumn(0, of: chunk, targets: Array(0..<UInt32(values.count)), from: 0)
    }
    return cells
  }

  private static func text(_ bucket: Bucket) -> String {
    "\(bucket.count) \(bucket.total) \(bucket.min) \(bucket.max) \(bucket.first) \(bucket.firstTime) \(bucket.last)"
      + " \(bucket.lastTime)"
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>) func bothWaysSayTheSame(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let most: Int64 = [10, 1_000_000, 1 << 53, .max][Int(seed % 4)]
    for count in [1, 2, 7, 60] {
      let values = (0..<count).map { _ -> (tag: ValueTag, payload: Int64) in
        let payload = Int64.random(in: -most...most, using: &random)
        switch Int.random(in: 0..<(seed % 5 == 0 ? 8 : 6), using: &random) {
        case 0: return (.null, 0)
        case 1...2: return (.integer, payload)
        case 3...5: return (.decimal(scale: Int.random(in: 0...(seed % 7 == 0 ? 12 : 3), using: &random)), payload)
        case 6: return (.double, Int64(bitPattern: (Double(payload) / 3).bitPattern))
        default: return (.boolean, 1)
        }
      }
      let cells = Self.cells(values)
      // Several at one instant among them.
      let times = (0..<count).map { Int64($0 / 2) }
      let slow = Bucket(cells, 0..<count, times, 1_000_000)
      let numbers = values.filter { $0.tag != .null }
      let isPlain = numbers.allSatisfy { $0.tag == .integer || ($0.tag.isDecimal && $0.tag.scale <= 3) }
      var rises = CellRises()
      if let quick = Bucket(decimals: cells, 0..<count, times, 1_000_000, rises: &rises) {
        #expect(Self.text(quick) == Self.text(slow))
        let readings = numbers.map { CounterReading(time: 0, payload: $0.payload, tag: $0.tag) }
        var risen = ExactSum()
        for (last, next) in zip(readings, readings.dropFirst()) { risen.addRise(from: last, to: next) }
        #expect(rises.sum == risen)
        #expect(rises.falls == zip(readings, readings.dropFirst()).count { $1.value < $0.value })
        #expect(numbers.allSatisfy { $0.tag == .integer || $0.tag.isDecimal } && !numbers.isEmpty)
      } else {
        #expect(!isPlain || most > 1 << 40 || numbers.isEmpty)
      }
    }
  }

  /// What is more than 53 or 64 bits say goes the other way.
  @Test func largeNumbersGoTheOtherWay() {
    var rises = CellRises()
    for payloads in [[Int64.max, 1], [1 << 53, 0], [Int64.min, -1]] {
      let cells = Self.cells(payloads.map { (tag: ValueTag.integer, payload: $0) })
      #expect(Bucket(decimals: cells, 0..<2, [0, 1], 1, rises: &rises).map(Self.text) == nil)
    }
    let cells = Self.cells([(tag: .integer, payload: 1 << 52), (tag: .decimal(scale: 3), payload: 1)])
    #expect(Bucket(decimals: cells, 0..<2, [0, 1], 1, rises: &rises).map(Self.text) == nil)
    #expect(rises.sum == ExactSum() && rises.falls == 0)
  }
}
