import Mutation
import Testing

@testable import Parquet

/// Bounds as statistics hold them, and as readers may use them.
@Suite struct BoundTests {
  private static let types: [ColumnType] = [
    .boolean, .int64, .timestampMillis, .timestampMicros, .decimal(scale: 2), .double, .string,
  ]

  @Test func boundsComeBackAsTheirType() {
    let bounds: [(ColumnBound, ColumnType)] = [
      (.boolean(false), .boolean), (.boolean(true), .boolean), (.int64(.min), .int64),
      (.int64(.max), .decimal(scale: 18)),
      (.int64(-1), .timestampMicros), (.double(-0.0), .double), (.double(.infinity), .double), (.string([]), .string),
      (.string(Array("é".utf8)), .string),
    ]
    for (bound, type) in bounds { #expect(ColumnBound(encoded: bound.encoded, type: type) == bound) }
  }

  @Test func whatIsNoBoundOfItsTypeIsNone() {
    for type in Self.types where type != .string {
      for length in [0, 2, 7, 9, 100] {
        #expect(ColumnBound(encoded: [UInt8](repeating: 0, count: length), type: type) == nil)
      }
    }
    #expect(ColumnBound(encoded: [2], type: .boolean) == nil)
    #expect(ColumnBound(encoded: ColumnBound.double(.nan).encoded, type: .double) == nil)
  }

  @Test func theOrderIsTheColumns() {
    let ascending: [[ColumnBound]] = [
      [.boolean(false), .boolean(true)], [.int64(.min), .int64(-1), .int64(0), .int64(.max)],
      [.double(-.infinity), .double(-1), .double(0), .double(.infinity)],
      [.string([]), .string([0]), .string([0, 0]), .string([0x7F]), .string([0x80]), .string([0xFF])],
    ]
    for bounds in ascending {
      for left in bounds.indices {
        for right in bounds.indices { #expect(bounds[left].precedes(bounds[right]) == (left < right)) }
      }
    }
    #expect(!ColumnBound.double(-0.0).precedes(.double(0.0)) && !ColumnBound.double(0.0).precedes(.double(-0.0)))
  }

  /// However a text is shortened, its bounds hold it, are valid UTF-8 and short.
  @Test func shortenedTextsAreBoundedFromBothSides() throws {
    var random = SeededRandom(2)
    let scalars: [Unicode.Scalar] = ["a", "é", "ữ", "\u{D7FF}", "\u{FFFF}", "\u{10FFFF}", "\u{0}", "\u{7F}", "😀"]
    for round in 0..<2_000 {
      var view = String.UnicodeScalarView()
      for _ in 0..<(round % 120) { view.append(scalars.randomElement(using: &random)!) }
      let text = Array(String(view).utf8)
      let lower = StatisticsBound.lower(text[...])
      #expect(!ColumnBound.string(text).precedes(lower.bound))
      #expect(lower.isExact == (text.count <= StatisticsBound.stringBytes))
      guard let upper = StatisticsBound.upper(text[...]) else {
        #expect(text.count > StatisticsBound.stringBytes)
        continue
      }
      #expect(!upper.bound.precedes(.string(text)))
      for bound in [lower, upper] {
        guard case .string(let bytes) = bound.bound else { throw ParquetError("test", "no text") }
        #expect(bytes.count <= StatisticsBound.stringBytes && String(validating: bytes, as: UTF8.self) != nil)
      }
    }
  }

  @Test func textsThatNothingIsAboveHaveNoUpperBound() {
    let highest = Array(String(repeating: "\u{10FFFF}", count: 30).utf8)
    #expect(StatisticsBound.upper(highest[...]) == nil && !StatisticsBound.lower(highest[...]).isExact)
    // Octets that are no text can be bounded from below alone.
    let noText = [UInt8](repeating: 0xFF, count: 100)
    #expect(StatisticsBound.upper(noText[...]) == nil)
  }

  @Test func theWiderOfTwoBoundsStands() {
    let (one, two) = (StatisticsBound(.int64(1)), StatisticsBound(.int64(2)))
    let vague = StatisticsBound(.int64(1), isExact: false)
    #expect(StatisticsBound.lower(one, two) == one && StatisticsBound.lower(two, one) == one)
    #expect(StatisticsBound.upper(one, two) == two && StatisticsBound.upper(two, one) == two)
    #expect(StatisticsBound.lower(vague, one) == one && StatisticsBound.upper(one, vague) == one)
  }

  @Test func timesAreBroughtToAnotherUnitWithoutOverflow() {
    for (micros, millis) in [(0, 0), (999, 0), (1_000, 1), (-1, -1), (-1_000, -1), (-1_001, -2)] as [(Int64, Int64)] {
      #expect(TimeUnitChange.cut.apply(micros) == millis)
    }
    for value in [Int64.min, .max] {
      #expect(TimeUnitChange.widen.apply(value) == value)
      _ = TimeUnitChange.cut.apply(value)
    }
    #expect(TimeUnitChange.widen.apply(-7) == -7_000)
    #expect(TimeUnitChange.widen.apply(.double(1)) == .double(1) && TimeUnitChange.cut.apply(nil) == nil)
    let texts = ColumnData(values: .string(StringColumn(["a", nil])), isPresent: [true, false])
    #expect(Cells(TimeUnitChange.cut.apply(texts)) == .string(["a", nil]))
  }
}
