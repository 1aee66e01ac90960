import Parquet
import Telemetry
import Testing

@testable import Lagoon

@Suite struct NumberTallyTests {
  private func bits(_ value: Double) -> Int64 { Int64(bitPattern: value.bitPattern) }

  @Test func nearestIsHalfAwayFromZero() {
    #expect(ValueFit.nearest(tag: .decimal(scale: 2), payload: 125, type: .decimal(scale: 1)) == 13)
    #expect(ValueFit.nearest(tag: .decimal(scale: 2), payload: -125, type: .decimal(scale: 1)) == -13)
    #expect(ValueFit.nearest(tag: .decimal(scale: 2), payload: 124, type: .decimal(scale: 1)) == 12)
    #expect(ValueFit.nearest(tag: .decimal(scale: 1), payload: 25, type: .int64) == 3)
    #expect(ValueFit.nearest(tag: .double, payload: bits(-0.0), type: .decimal(scale: 1)) == 0)
    #expect(ValueFit.nearest(tag: .double, payload: bits(2.5), type: .int64) == 3)
    // The nearest to what the double is, not to what a product of it rounds to.
    #expect(
      ValueFit.nearest(tag: .double, payload: bits(123_456_789_012_345.67), type: .decimal(scale: 3))
        == 123_456_789_012_345_672)
  }

  @Test func nothingIsNearToWhatDigitsDoNotReach() {
    for value in [Double.nan, .infinity, -.infinity, 1e300] {
      #expect(ValueFit.nearest(tag: .double, payload: bits(value), type: .decimal(scale: 2)) == nil)
      #expect(ValueFit.nearest(tag: .double, payload: bits(value), type: .int64) == nil)
    }
    #expect(ValueFit.nearest(tag: .double, payload: bits(9.3e18), type: .int64) == nil)
    #expect(ValueFit.nearest(tag: .integer, payload: .max, type: .decimal(scale: 0)) == nil)
    #expect(ValueFit.nearest(tag: .integer, payload: .min, type: .decimal(scale: 9)) == nil)
    #expect(ValueFit.nearest(tag: .boolean, payload: 1, type: .int64) == nil)
    #expect(ValueFit.nearest(tag: .string, payload: 1, type: .double) == nil)
  }

  @Test func theBestScaleIsTheSmallestThatNearlyAllFit() {
    var tally = NumberTally()
    for _ in 0..<1_000 { tally.note(tag: .decimal(scale: 0), payload: 0) }
    #expect(tally.best == nil)
    for number in 1...97 { tally.note(tag: .decimal(scale: 1), payload: Int64(number)) }
    #expect(tally.best == .decimal(scale: 1))
    for number in 1...3 { tally.note(tag: .decimal(scale: 3), payload: Int64(number)) }
    #expect(tally.best == .decimal(scale: 3))
    #expect(tally.isMisfit(.decimal(scale: 2)) && !tally.isMisfit(.decimal(scale: 3)))
  }

  @Test func oddDoublesLeaveTheScaleAndManyOfThemMakeADouble() {
    var tally = NumberTally()
    for number in 1...98 { tally.note(tag: .decimal(scale: 1), payload: Int64(number)) }
    for number in 1...2 { tally.note(tag: .double, payload: bits(Double(number) / 7)) }
    #expect(tally.best == .decimal(scale: 1))
    for number in 1...30 { tally.note(tag: .double, payload: bits(Double(number) / 7)) }
    #expect(tally.best == .double)
  }

  /// Means of several readings are no reason to give every number their places.
  @Test func aFewNumbersOfManyPlacesLeaveTheScale() {
    var tally = NumberTally()
    for number in 1...97 { tally.note(tag: .decimal(scale: 0), payload: Int64(number)) }
    for _ in 1...3 { tally.note(tag: .decimal(scale: 4), payload: 12_345) }
    #expect(tally.best == .decimal(scale: 0))
  }

  @Test func digitsBeforeThePointCountToo() {
    var tally = NumberTally()
    for number in 1...100 {
      tally.note(tag: .decimal(scale: 0), payload: Int64(number) * 10_000_000_000_000_000)
    }
    #expect(tally.isMisfit(.decimal(scale: 3)))
    #expect(!tally.isMisfit(.decimal(scale: 0)))
  }

  /// Eighteen digits are what a decimal column holds: each number of digits is told from the next.
  @Test func everyNumberOfDigitsIsToldFromTheNext() {
    for digits in 1...18 {
      for mantissa in [DecimalNumber.powersOfTen[digits - 1], DecimalNumber.powersOfTen[digits] - 1] {
        for sign in [1, -1] as [Int64] {
          var tally = NumberTally()
          tally.note(tag: .integer, payload: sign * mantissa)
          // With nine places there is room for nine digits before the point.
          #expect(tally.isMisfit(.decimal(scale: 9)) == (digits > 9), "\(mantissa)")
          #expect(!tally.isMisfit(.decimal(scale: 0)))
        }
      }
    }
    for payload in [Int64.min, .max] {
      var tally = NumberTally()
      tally.note(tag: .integer, payload: payload)
      #expect(tally.isMisfit(.decimal(scale: 0)) && !tally.isMisfit(.int64))
    }
  }
}
