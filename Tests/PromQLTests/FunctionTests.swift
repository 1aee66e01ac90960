import Testing

@testable import PromQL

@Suite struct FunctionTests {
  private static func value(
    _ function: RangeFunction, _ values: [Double], _ parameters: [Double] = [], rangeMillis: Int64 = 60_000
  ) throws -> Double {
    let series = RangeSeries(
      labels: Labels(), timesMillis: values.indices.map { Int64($0) * 10_000 }, values: values)
    let steps = StepRange(startMillis: rangeMillis, stepMillis: 1, count: 1)
    var found = Double.absent
    try series.forEachWindow(WindowRange(steps: steps, rangeMillis: rangeMillis, offsetMillis: 0)) {
      (window: Window) throws(QuestionError) in found = try function.value(window, parameters)
    }
    return found
  }

  @Test func ratesAreDrawnOut() throws {
    #expect(try Self.value(.increase, [0, 10, 20, 30, 40, 50, 60]) == 60)
    #expect(try Self.value(.rate, [0, 10, 20, 30, 40, 50, 60]) == 1)
    #expect(try Self.value(.increase, [50, 60, 5, 15]) == 25.0 * 35 / 30)
    #expect(try Self.value(.delta, [5, 4, 3, 2, 1, 0, -1]) == -6)
    #expect(try Self.value(.irate, [5, 9, 4]) == 0.4)
    #expect(try Self.value(.idelta, [5, 9, 4]) == -5)
    #expect(try Self.value(.rate, [5]).isAbsent)
    #expect(try Self.value(.deriv, [1, 3, 5]) == 0.2)
    #expect(try Self.value(.predictLinear, [1, 1, 1], [60]) == 1)
    #expect(try Self.value(.changes, [1, 1, 2, .nan, .nan, 2]) == 3)
    #expect(try Self.value(.resets, [1, 0, 5, 4]) == 2)
  }

  @Test func windowsAreSummedUp() throws {
    #expect(try Self.value(.sum, [1e100, 1, -1e100]) == 1)
    #expect(try Self.value(.avg, [.infinity, 1]) == .infinity)
    #expect(try Self.value(.avg, [.infinity, -.infinity]).isNaN)
    #expect(try Self.value(.stdvar, [2, 4, 4, 4, 5, 5, 4]) == 6.0 / 7)
    #expect(try Self.value(.max, [.nan, 2, 1]) == 2)
    #expect(try Self.value(.min, [.nan, 2, 1]) == 1)
    #expect(try Self.value(.quantile, [1, 2, 3, 4], [0.5]) == 2.5)
    #expect(try Self.value(.holtWinters, [1, 2, 3, 4], [0.5, 0.5]) == 4)
    #expect(throws: QuestionError.self) { try Self.value(.holtWinters, [1, 2], [1, 0.5]) }
    #expect(RangeFunction.last.keepsName && !RangeFunction.sum.keepsName)
    var sum = CompensatedSum()
    for value in [1, 1e100, 1, -1e100] { sum.add(value) }
    #expect(sum.total == 2)
  }

  @Test func quantilesOfBucketsLieBetweenBounds() {
    let buckets = [(0.1, 10.0), (0.5, 30), (1, 20), (.infinity, 40)].map { Quantile.Bucket(bound: $0.0, count: $0.1) }
    #expect(Quantile.value(0.5, of: buckets) == 0.30000000000000004)
    #expect(Quantile.value(0.99, of: buckets) == 1)
    #expect(Quantile.value(-1, of: buckets) == -.infinity && Quantile.value(2, of: buckets) == .infinity)
    #expect(Quantile.value(0.5, of: Array(buckets.dropLast())).isNaN)
    #expect(Quantile.value(0.5, of: [Double]()).isNaN)
  }

  @Test(arguments: [
    (-2.0, 3.0, -8.0), (-2, 2, 4), (0, -1, .infinity), (-0.0, -1, -.infinity), (-1, .infinity, 1), (1, .nan, 1),
    (.nan, 0, 1), (-.infinity, 3, -.infinity), (-.infinity, -3, -0.0), (0.5, .infinity, 0), (2, 0.5, 2.0.squareRoot()),
  ])
  func powersAreThoseOfC(base: Double, exponent: Double, wanted: Double) {
    #expect(BinaryOperator.power.value(base, exponent) == wanted)
    #expect(BinaryOperator.power.value(-8, 1.0 / 3).isNaN)
  }

  @Test func orderHasAPlaceForNaN() {
    #expect([3, .nan, 1].sorted(by: Ordering.risingNaNLast)[0] == 1)
    #expect([3, .nan, 1].sorted(by: Ordering.fallingNaNLast)[0] == 3)
    #expect(Ordering.larger(.nan, .infinity) == .infinity && Ordering.smaller(.nan, 1).isNaN)
    #expect(ValueMaths.function("sgn")?(-3) == -1 && ValueMaths.function("nothing") == nil)
    var heap = ExtremeHeap(room: 2, isLargest: true)
    for (row, value) in [1.0, 5, .nan, 3, 5].enumerated() { heap.offer(value, row: row) }
    #expect(heap.ordered.map(\.value) == [5, 5])
  }

  @Test(arguments: [
    (0.0, 1970.0, 1.0, 1.0, 4.0, 1.0), (-1, 1969, 12, 31, 3, 365), (951_782_400, 2000, 2, 29, 2, 60),
    (4_107_542_399, 2100, 2, 28, 0, 59), (4_107_542_400, 2100, 3, 1, 1, 60), (-62_135_596_800, 1, 1, 1, 1, 1),
    (1_735_603_200, 2024, 12, 31, 2, 366),
  ])
  func daysAreThoseOfTheCalendar(
    seconds: Double, year: Double, month: Double, day: Double, weekday: Double, dayOfYear: Double
  ) {
    let time = CivilTime(seconds)
    #expect(
      [time.year, time.month, time.dayOfMonth, time.dayOfWeek, time.dayOfYear] == [
        year, month, day, weekday, dayOfYear,
      ])
    #expect(CivilTime(.nan).hour.isFinite && CivilTime(1e300).daysInMonth > 27)
  }

  @Test func regressionOfNothingButOneValue() throws {
    let series = RangeSeries(labels: Labels(), timesMillis: [0, 1000], values: [7, 7])
    let steps = StepRange(startMillis: 1000, stepMillis: 1000, count: 1)
    try series.forEachWindow(WindowRange(steps: steps, rangeMillis: 1000, offsetMillis: 0)) { window in
      let line = LinearRegression(window, at: 0)
      #expect(line.slope == 0 && line.intercept == 7)
    }
  }
}
