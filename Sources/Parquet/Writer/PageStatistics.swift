/// What is known of a page's rows, or of several pages' together.
struct PageStatistics {
  var rowCount: Int
  var nullCount: Int
  var nanCount = 0
  /// Nil when there is no value, or no bound that every reader would understand alike.
  var minimum: StatisticsBound?
  var maximum: StatisticsBound?

  init(rowCount: Int, nullCount: Int) {
    self.rowCount = rowCount
    self.nullCount = nullCount
  }

  private var valueCount: Int { rowCount - nullCount }

  /// Takes in a further page. Bounds stay only if all pages that have values have them.
  mutating func merge(_ other: PageStatistics) {
    minimum = Self.merged(minimum, valueCount, other.minimum, other.valueCount, StatisticsBound.lower(_:_:))
    maximum = Self.merged(maximum, valueCount, other.maximum, other.valueCount, StatisticsBound.upper(_:_:))
    rowCount += other.rowCount
    nullCount += other.nullCount
    nanCount += other.nanCount
  }

  private static func merged(
    _ left: StatisticsBound?, _ leftValues: Int, _ right: StatisticsBound?, _ rightValues: Int,
    _ choose: (StatisticsBound, StatisticsBound) -> StatisticsBound
  ) -> StatisticsBound? {
    if leftValues == 0 { return right }
    if rightValues == 0 { return left }
    guard let left, let right else { return nil }
    return choose(left, right)
  }

  /// Takes in the values of a page.
  mutating func bound(_ values: [Int64], _ range: Range<Int>) {
    if range.isEmpty { return }
    var lowest = Int64.max
    var highest = Int64.min
    for index in range {
      lowest = min(lowest, values[index])
      highest = max(highest, values[index])
    }
    minimum = StatisticsBound(.int64(lowest))
    maximum = StatisticsBound(.int64(highest))
  }

  /// Takes in the values of a page. With a NaN among them there are no bounds: readers that hold NaN for the largest
  /// of all would pass over it. A zero at a bound is -0.0 below and +0.0 above, as the format demands.
  mutating func bound(_ values: [Double], _ range: Range<Int>) {
    if range.isEmpty { return }
    var lowest = Double.infinity
    var highest = -Double.infinity
    var numbers = 0
    for index in range {
      let value = values[index]
      // False for NaN.
      numbers &+= value == value ? 1 : 0
      lowest = value < lowest ? value : lowest
      highest = value > highest ? value : highest
    }
    nanCount = range.count - numbers
    if nanCount > 0 { return }
    minimum = StatisticsBound(.double(lowest == 0 ? -0.0 : lowest))
    maximum = StatisticsBound(.double(highest == 0 ? 0.0 : highest))
  }

  /// Takes in the values of a page.
  mutating func bound(_ values: [Bool], _ range: Range<Int>) {
    if range.isEmpty { return }
    let set = PresentRows.count(values, range)
    minimum = StatisticsBound(.boolean(set == range.count))
    maximum = StatisticsBound(.boolean(set > 0))
  }
}
