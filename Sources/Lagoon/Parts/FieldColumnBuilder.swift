import Parquet
import Telemetry

/// One column under construction: values and which rows have one.
struct ValueColumnBuilder {
  private let type: ColumnType
  private var bits: [Int64]
  private var texts: [Int: String] = [:]
  private var isPresent: [Bool]
  private(set) var count = 0

  init(count: Int, type: ColumnType) {
    self.type = type
    bits = [Int64](repeating: 0, count: count)
    isPresent = [Bool](repeating: false, count: count)
  }

  @inline(__always)
  mutating func put(_ value: Int64, at row: Int) {
    bits[row] = value
    isPresent[row] = true
    count &+= 1
  }

  mutating func put(_ text: String, at row: Int) {
    texts[row] = text
    isPresent[row] = true
    count += 1
  }

  @inline(__always)
  func has(_ row: Int) -> Bool { isPresent[row] }

  /// nil if no row has a value.
  func finish() -> ColumnData? {
    if count == 0 { return nil }
    let presence = isPresent.contains(false) ? isPresent : nil
    switch type {
    case .boolean: return ColumnData(values: .boolean(bits.map { $0 != 0 }), isPresent: presence)
    case .double:
      return ColumnData(values: .double(bits.map { Double(bitPattern: UInt64(bitPattern: $0)) }), isPresent: presence)
    case .string:
      var builder = StringColumnBuilder()
      for row in bits.indices {
        if isPresent[row] { builder.append(texts[row] ?? "") } else { builder.appendNull() }
      }
      return ColumnData(values: .string(builder.finish()), isPresent: presence)
    case .int64, .timestampMillis, .timestampMicros, .decimal:
      return ColumnData(values: .int64(bits), isPresent: presence)
    }
  }
}

/// A field's own column and its siblings under construction.
struct FieldColumnBuilder {
  private let type: ColumnType
  private let count: Int
  private(set) var primary: ValueColumnBuilder
  private(set) var siblings: [StoredColumn.Role: ValueColumnBuilder] = [:]

  init(count: Int, type: ColumnType) {
    self.count = count
    self.type = type
    primary = ValueColumnBuilder(count: count, type: type)
  }

  /// Puts values where they fit exactly, each in its row. `chunk` finds the chunk of a row whose value is a string.
  mutating func put(_ cells: borrowing ColumnCells, chunk: (_ row: Int) -> RowChunk) {
    for row in 0..<count {
      let tag = cells.tag(row)
      if tag == .null { continue }
      if tag != .string, let bits = ValueFit.fit(tag: tag, payload: cells.payload(row), type: type) {
        primary.put(bits, at: row)
      } else {
        putAside(tag, cells.payload(row), of: chunk(row), at: row)
      }
    }
  }

  @inline(never)
  private mutating func putAside(_ tag: ValueTag, _ payload: Int64, of chunk: RowChunk, at row: Int) {
    if tag == .string && type == .string {
      primary.put(chunk.string(payload), at: row)
      return
    }
    let role = ValueFit.siblingRole(tag: tag, payload: payload)
    let type: ColumnType = role == .exact ? .double : role == .boolean ? .boolean : .string
    var sibling = siblings[role] ?? ValueColumnBuilder(count: count, type: type)
    switch role {
    case .string: sibling.put(chunk.string(payload), at: row)
    case .text: sibling.put(ValueFit.text(tag: tag, payload: payload), at: row)
    case .boolean: sibling.put(payload, at: row)
    default:
      let bits = ValueFit.fit(tag: tag, payload: payload, type: .double) ?? 0
      sibling.put(bits, at: row)
    }
    siblings[role] = sibling
  }
}
