import Parquet
import Telemetry

/// One column under construction: values and which rows have one.
struct ValueColumnBuilder {
  private let type: ColumnType
  /// Values; for texts, their entries in `texts`.
  private var bits: [Int64]
  private var texts = StringColumnBuilder()
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
    put(Int64(texts.intern(text)), at: row)
  }

  /// Puts a text as it was sent; repaired where it is not UTF-8.
  mutating func put(_ payload: Int64, of chunk: RowChunk, at row: Int) {
    let bytes = chunk.text(payload)
    let span = RawSpan(_unsafeBytes: bytes)
    // Loading octets as octets is what a byte view is.
    guard (try? UTF8Span(validating: span._unsafeView(as: UInt8.self))) != nil else {
      put(chunk.string(payload), at: row)
      return
    }
    put(Int64(texts.intern(bytes)), at: row)
  }

  /// Puts every number and boolean that fits exactly, each in its row; returns the rows of the other values.
  mutating func put(_ cells: borrowing ColumnCells) -> [Int] {
    var others: [Int] = []
    count += Self.put(cells, type: type, own: ownTag, bits: &bits, isPresent: &isPresent, others: &others)
    return others
  }

  private static func put(
    _ cells: borrowing ColumnCells, type: ColumnType, own: ValueTag?, bits: inout [Int64], isPresent: inout [Bool],
    others: inout [Int]
  ) -> Int {
    var limit = UInt64.max
    if case .decimal = type { limit = 1_000_000_000_000_000_000 }
    var bits = bits.mutableSpan
    var isPresent = isPresent.mutableSpan
    var added = 0
    for row in 0..<cells.count {
      let tag = cells.tag(row)
      if tag == .null { continue }
      var fitted: Int64? = cells.payload(row)
      // Most values are written as the column keeps them.
      if tag != own || cells.payload(row).magnitude >= limit {
        fitted = tag == .string ? nil : ValueFit.fit(tag: tag, payload: cells.payload(row), type: type)
      }
      guard let fitted else {
        others.append(row)
        continue
      }
      bits[row] = fitted
      isPresent[row] = true
      added &+= 1
    }
    return added
  }

  /// The tag of values whose payload is what the column keeps.
  private var ownTag: ValueTag? {
    switch type {
    case .int64: .integer
    case .decimal(let scale): .decimal(scale: scale)
    case .double: .double
    case .boolean: .boolean
    case .string, .timestampMillis, .timestampMicros: nil
    }
  }

  /// nil if no row has a value.
  func finish() -> ColumnData? {
    if count == 0 { return nil }
    let presence = isPresent.contains(false) ? isPresent : nil
    switch type {
    case .boolean: return ColumnData(values: .boolean(bits.map { $0 != 0 }), isPresent: presence)
    case .double:
      return ColumnData(values: .double(bits.map { Double(bitPattern: UInt64(bitPattern: $0)) }), isPresent: presence)
    case .string:
      var builder = texts
      builder.reserve(rows: bits.count)
      for row in bits.indices {
        if isPresent[row] { builder.append(entry: UInt32(bits[row])) } else { builder.appendNull() }
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

  /// Puts values where they fit exactly, each in its row, and what is nearest to the others into the field's own column.
  /// `chunk` finds the chunk of a row whose value is a string.
  mutating func put(_ cells: borrowing ColumnCells, chunk: (_ row: Int) -> RowChunk) {
    for row in primary.put(cells) { putAside(cells.tag(row), cells.payload(row), of: chunk(row), at: row) }
  }

  @inline(never)
  private mutating func putAside(_ tag: ValueTag, _ payload: Int64, of chunk: RowChunk, at row: Int) {
    if tag == .string && type == .string {
      primary.put(payload, of: chunk, at: row)
      return
    }
    // Who knows nothing of siblings reads what is nearest.
    if let nearest = ValueFit.nearest(tag: tag, payload: payload, type: type) { primary.put(nearest, at: row) }
    let role = ValueFit.siblingRole(tag: tag, payload: payload)
    let type: ColumnType = role == .exact ? .double : role == .boolean ? .boolean : .string
    let empty = ValueColumnBuilder(count: siblings[role] == nil ? count : 0, type: type)
    // In place: a sibling that is taken out, changed and put back would be copied for each value.
    switch role {
    case .string: siblings[role, default: empty].put(payload, of: chunk, at: row)
    case .text: siblings[role, default: empty].put(ValueFit.text(tag: tag, payload: payload), at: row)
    case .boolean: siblings[role, default: empty].put(payload, at: row)
    default:
      siblings[role, default: empty].put(ValueFit.fit(tag: tag, payload: payload, type: .double) ?? 0, at: row)
    }
  }
}
