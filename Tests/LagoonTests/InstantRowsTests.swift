import Mutation
import Primitives
import Telemetry
import Testing

@testable import Lagoon

/// Which rows of one series and instant are one, doubled or new.
@Suite struct InstantRowsTests {
  /// Rows as fields and values, in one chunk each, whose columns have numbers of their own.
  private static func place(_ values: [Int: ReadingValue], columns: [Int]) -> InstantRows.Place {
    let chunk = RowChunk(capacity: 1)
    chunk.appendRow(series: 0, time: 0, previous: .max)
    for (column, field) in columns.enumerated() {
      switch values[field] {
      case .integer(let value)?: chunk.setValue(column: column, tag: .integer, payload: value)
      case .decimal(let mantissa, let scale)?:
        chunk.setValue(column: column, tag: .decimal(scale: scale), payload: mantissa)
      case .double(let value)?:
        chunk.setValue(column: column, tag: .double, payload: Int64(bitPattern: value.bitPattern))
      case .boolean(let value)?: chunk.setValue(column: column, tag: .boolean, payload: value ? 1 : 0)
      case .string(let text)?: chunk.setString(column: column, Array(text.utf8).span.bytes)
      case nil: break
      }
    }
    return InstantRows.Place(chunk: chunk, row: 0, fields: columns)
  }

  private static func place(_ values: [Int: ReadingValue]) -> InstantRows.Place {
    place(values, columns: values.keys.sorted())
  }

  /// What rows are, told by dictionaries: as long as there are fewer groups than are compared.
  private struct Truth {
    var groups: [[Int: Int64]] = []

    mutating func add(_ row: [Int: Int64]) -> InstantRows.Verdict {
      if groups.contains(where: { group in row.allSatisfy { group[$0.key] == $0.value } }) { return .doubled }
      if let index = groups.firstIndex(where: { group in row.keys.allSatisfy { group[$0] == nil } }) {
        groups[index].merge(row) { own, _ in own }
        return .joined(index)
      }
      groups.append(row)
      return .new
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>) func verdictsAreThoseOfDictionaries(seed: UInt64) {
    var random = SeededRandom(seed)
    var rows = InstantRows()
    var truth = Truth()
    var entered = 0
    for _ in 0..<200 where truth.groups.count < Limits.rowsComparedAtInstant {
      var row: [Int: Int64] = [:]
      for field in 0..<5 where Int.random(in: 0..<3, using: &random) == 0 {
        row[field] = Int64.random(in: 0..<3, using: &random)
      }
      let place = Self.place(row.mapValues { .integer($0) }, columns: (0..<5).shuffled(using: &random))
      let verdict = rows.add(place)
      #expect(verdict == truth.add(row))
      if verdict != .doubled { entered += 1 }
      #expect(rows.groupCount == truth.groups.count && rows.count == entered)
    }
  }

  /// The short way of two rows and the long one say the same.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func twoRowsAreComparedAsManyAre(seed: UInt64) {
    var random = SeededRandom(seed)
    for _ in 0..<50 {
      let made = (0..<2).map { _ in
        var row: [Int: ReadingValue] = [:]
        for field in 0..<3 where Bool.random(using: &random) {
          let values: [ReadingValue] = [
            .integer(1), .decimal(mantissa: 10, scale: 1), .string(""), .string("1"), .boolean(true), .double(.nan),
          ]
          row[field] = values.randomElement(using: &random)
        }
        return Self.place(row, columns: (0..<3).shuffled(using: &random))
      }
      var rows = InstantRows()
      _ = rows.add(made[0])
      #expect(InstantRows.says(made[0], all: made[1]) == (rows.add(made[1]) == .doubled))
    }
  }

  @Test(arguments: [
    (ReadingValue.integer(1), ReadingValue.decimal(mantissa: 100, scale: 2), true),
    (.integer(0), .decimal(mantissa: 0, scale: 18), true),
    (.integer(1), .string("1"), false), (.integer(1), .boolean(true), false), (.string(""), .string(""), true),
    (.string("a"), .string(""), false), (.string("a"), .string("b"), false),
    (.decimal(mantissa: 5, scale: 1), .decimal(mantissa: 5, scale: 2), false),
    (.integer(.max), .integer(.max), true), (.integer(.max), .integer(.min), false),
    (.double(.nan), .double(.nan), true), (.double(.infinity), .double(-.infinity), false),
  ]) func aValueIsTheSameWhateverItsForm(first: ReadingValue, second: ReadingValue, isSame: Bool) {
    for (one, other) in [(first, second), (second, first)] {
      var rows = InstantRows()
      #expect(rows.add(Self.place([4: one])) == .new)
      #expect(rows.add(Self.place([4: other])) == (isSame ? .doubled : .new))
    }
  }

  /// Whole rows, and what they were joined to, are known however long ago they came.
  @Test func equalRowsAreFoundBehindManyOthers() {
    var rows = InstantRows()
    #expect(rows.add(Self.place([0: .integer(0)])) == .new)
    #expect(rows.add(Self.place([1: .string("")])) == .joined(0))
    for value in 1...Int64(Limits.rowsComparedAtInstant * 3) {
      #expect(rows.add(Self.place([0: .integer(value), 1: .integer(value)])) == .new)
    }
    #expect(rows.add(Self.place([0: .integer(0)])) == .doubled)
    #expect(rows.add(Self.place([0: .decimal(mantissa: 0, scale: 3), 1: .string("")])) == .doubled)
    #expect(rows.add(Self.place([0: .integer(7), 1: .integer(7)])) == .doubled)
    #expect(rows.add(Self.place([0: .integer(7), 1: .integer(8)])) == .new)
  }

  @Test func aRowThatSaysNothingIsKeptOnceAndFieldsOfNobodyCountForNothing() {
    var rows = InstantRows()
    #expect(rows.add(Self.place([:])) == .new)
    #expect(rows.add(Self.place([:])) == .doubled)
    // Joined with the one that has none of its fields.
    #expect(rows.add(Self.place([2: .integer(1)])) == .joined(0))
    let unknown = InstantRows.Place(
      chunk: Self.place([0: .integer(1), 1: .integer(2)]).chunk, row: 0, fields: [-1])
    #expect(unknown.columnsByField.isEmpty && unknown.field(of: 5) == -1)
    #expect(rows.add(unknown) == .doubled && rows.count == 2)
  }
}
