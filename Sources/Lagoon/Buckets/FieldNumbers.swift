import Parquet
import Primitives
import Rollups
import Telemetry

/// A field's numbers in some rows, whatever columns they stand in.
struct FieldNumbers {
  /// NaN where the row has no number.
  private(set) var doubles: [Double]
  /// Of decimals that are summed up exactly: the digits, and how many stand behind the point; -1 for others.
  private(set) var mantissas: [Int64]
  private(set) var scales: [Int8]

  init(count: Int) {
    doubles = [Double](repeating: .nan, count: count)
    mantissas = [Int64](repeating: 0, count: count)
    scales = [Int8](repeating: -1, count: count)
  }

  /// Makes every row a reading of 1, but those that have a value of `told`.
  mutating func countRows(exceptOf told: ColumnData? = nil) {
    doubles = (0..<doubles.count).map { told?.isPresent(at: $0) ?? false ? .nan : 1 }
    mantissas = [Int64](repeating: 1, count: doubles.count)
    scales = [Int8](repeating: 0, count: doubles.count)
  }

  /// Forgets what is not to be summed up.
  mutating func keep(_ summed: BucketRequest.Summed) {
    guard case .outside(let least, let largest) = summed else { return }
    for row in doubles.indices where doubles[row] >= least && doubles[row] <= largest { doubles[row] = .nan }
  }

  mutating func set(_ row: Int, tag: ValueTag, payload: Int64) {
    // A sibling's value takes the place of what is nearest to it.
    scales[row] = -1
    if tag.isDecimal || tag == .integer {
      let scale = tag.isDecimal ? tag.scale : 0
      doubles[row] = DecimalNumber.double(mantissa: payload, scale: scale)
      if scale <= ExactSum.places {
        mantissas[row] = payload
        scales[row] = Int8(scale)
      }
    } else if let value = DecimalNumber.double(tag: tag, payload: payload) {
      doubles[row] = value
    }
  }

  /// Takes the values that a column holds; those of columns taken before, the field's own before its siblings, stay
  /// where it has none.
  mutating func take(_ data: ColumnData, role: StoredColumn.Role, type: ColumnType) {
    switch data.values {
    case .int64(let values): takeIntegers(values, data, type)
    case .double(let values):
      for row in values.indices where data.isPresent(at: row) {
        let value = DecimalNumber.tagged(values[row])
        set(row, tag: value.tag, payload: value.payload)
      }
    case .string(let values):
      if role != .text { return }
      for row in values.indexes.indices where data.isPresent(at: row) {
        guard let value = ValueFit.number(text: values.string(at: row)) else { continue }
        set(row, tag: value.tag, payload: value.payload)
      }
    case .boolean: return
    }
  }

  private mutating func takeIntegers(_ values: [Int64], _ data: ColumnData, _ type: ColumnType) {
    var scale = 0
    if case .decimal(let own) = type { scale = own }
    let isExact = scale <= ExactSum.places
    let divisor = Double(DecimalNumber.powersOfTen[scale])
    if data.isPresent == nil && isExact {
      mantissas = values
      scales = [Int8](repeating: Int8(scale), count: values.count)
      doubles = values.map { Double($0) / divisor }
      return
    }
    for row in values.indices where data.isPresent(at: row) {
      doubles[row] = Double(values[row]) / divisor
      if isExact {
        mantissas[row] = values[row]
        scales[row] = Int8(scale)
      }
    }
  }
}
