/// Between rows and values: a page holds the values of present rows only.
///
/// Which rows are null is often random, so the loops here do not branch on it: they store always and step by 0 or 1.
///
/// `unsafe` is sound here: rows are checked against both arrays first; a step of 0 or 1 per row never passes the row.
enum PresentRows {
  /// How many of `rows` are present; all, if there are no flags.
  static func count(_ isPresent: [Bool]?, _ rows: Range<Int>) -> Int {
    guard let isPresent else { return rows.count }
    return isPresent.withUnsafeBytes { flags in
      var count = 0
      // A Bool is a byte that is 0 or 1.
      for flag in flags[rows] { count &+= Int(flag) }
      return count
    }
  }

  /// Puts the values of the present ones of `rows` at the start of `dense`, which grows as needed and keeps its memory.
  /// Returns how many they are.
  static func gather<Value: BitwiseCopyable>(
    _ values: [Value], _ rows: Range<Int>, _ isPresent: [Bool], to dense: inout [Value]
  ) -> Int {
    precondition(rows.upperBound <= values.count && rows.upperBound <= isPresent.count, "BUG: rows beyond the column")
    guard let first = rows.first else { return 0 }
    if dense.count < rows.count {
      dense.append(contentsOf: repeatElement(values[first], count: rows.count - dense.count))
    }
    return values.withUnsafeBufferPointer { source in
      isPresent.withUnsafeBytes { flags in
        dense.withUnsafeMutableBufferPointer { target in
          var next = 0
          for row in rows {
            target[next] = source[row]
            next &+= Int(flags[row])
          }
          return next
        }
      }
    }
  }

  /// Appends those of `dense`'s values that belong to `rows`; a null row gets `placeholder`. `isPresent` (nil: all are)
  /// has an entry for each row of the page, and `dense` a value for each that is present.
  static func spread<Value: BitwiseCopyable>(
    _ dense: [Value], _ rows: Range<Int>, _ isPresent: [Bool]?, placeholder: Value, to values: inout [Value]
  ) {
    guard let isPresent else {
      values.append(contentsOf: dense[rows])
      return
    }
    if dense.isEmpty {
      values.append(contentsOf: repeatElement(placeholder, count: rows.count))
      return
    }
    let before = count(isPresent, 0..<rows.lowerBound)
    precondition(before + count(isPresent, rows) <= dense.count, "BUG: fewer values than present rows")
    let start = values.count
    values.append(contentsOf: repeatElement(placeholder, count: rows.count))
    dense.withUnsafeBufferPointer { source in
      isPresent.withUnsafeBytes { flags in
        values.withUnsafeMutableBufferPointer { target in
          var next = before
          let last = source.count &- 1
          for row in rows {
            // Behind the last value only null rows follow.
            let value = source[min(next, last)]
            target[start &+ row &- rows.lowerBound] = flags[row] == 1 ? value : placeholder
            next &+= Int(flags[row])
          }
        }
      }
    }
  }
}
