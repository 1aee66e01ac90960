/// Between rows and values: a page holds the values of present rows only.
enum PresentRows {
  /// How many of `rows` are present.
  static func count(_ isPresent: [Bool]?, _ rows: Range<Int>) -> Int {
    guard let isPresent else { return rows.count }
    var count = 0
    for row in rows { count &+= isPresent[row] ? 1 : 0 }
    return count
  }

  /// The values of the present ones of `rows`, in `dense`.
  static func gather<Value: BitwiseCopyable>(
    _ values: [Value], _ rows: Range<Int>, _ isPresent: [Bool], to dense: inout [Value]
  ) {
    dense.removeAll(keepingCapacity: true)
    for row in rows where isPresent[row] { dense.append(values[row]) }
  }

  /// Appends those of `dense`'s values that belong to `rows`; a null row gets `placeholder`. `isPresent` (nil: all are)
  /// has an entry for each row of the page.
  static func spread<Value: BitwiseCopyable>(
    _ dense: [Value], _ rows: Range<Int>, _ isPresent: [Bool]?, placeholder: Value, to values: inout [Value]
  ) {
    guard let isPresent else {
      values.append(contentsOf: dense[rows])
      return
    }
    var next = count(isPresent, 0..<rows.lowerBound)
    for row in rows {
      if isPresent[row] {
        values.append(dense[next])
        next &+= 1
      } else {
        values.append(placeholder)
      }
    }
  }
}
