/// One column of a record batch, in the buffers that Arrow's columnar format has for its type.
struct ArrowColumn {
  enum Kind {
    case text
    /// Milliseconds since 1970, UTC.
    case time
    case integer
    /// Null where it is no finite number.
    case double
    /// One bit a value, lowest first.
    case boolean
  }

  let name: String
  let kind: Kind
  private(set) var count = 0
  private(set) var nullCount = 0
  /// One bit a value, lowest first; only of doubles.
  private var validity: [UInt8] = []
  /// Where each text ends, behind a first 0.
  private var ends: [UInt8] = []
  private var values: [UInt8] = []

  init(_ name: String, _ kind: Kind) {
    self.name = name
    self.kind = kind
    clear()
  }

  /// Forgets the values and keeps their room.
  mutating func clear() {
    count = 0
    nullCount = 0
    validity.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    if kind == .text { Self.append(Int32(0), to: &ends) }
  }

  private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func append(_ text: String) {
    values.append(contentsOf: text.utf8)
    Self.append(Int32(values.count), to: &ends)
    count += 1
  }

  mutating func append(_ integer: Int64) {
    Self.append(integer, to: &values)
    count += 1
  }

  mutating func append(_ boolean: Bool) {
    if count % 8 == 0 { values.append(0) }
    if boolean { values[count / 8] |= 1 << UInt8(count % 8) }
    count += 1
  }

  mutating func append(_ double: Double) {
    if count % 8 == 0 { validity.append(0) }
    if double.isFinite {
      validity[count / 8] |= 1 << UInt8(count % 8)
    } else {
      nullCount += 1
    }
    Self.append(double.isFinite ? double.bitPattern : 0, to: &values)
    count += 1
  }

  /// Validity, which may be left out where nothing is null, then what the type has.
  var buffers: [[UInt8]] {
    let validity = nullCount > 0 ? self.validity : []
    return kind == .text ? [validity, ends, values] : [validity, values]
  }

  /// As the schema describes it.
  var field: FlatTable {
    let type: (number: UInt8, table: FlatTable) =
      switch kind {
      case .integer: (2, FlatTable(.int(64), .byte(1)))
      case .double: (3, FlatTable(.short(2)))
      case .text: (5, FlatTable())
      case .boolean: (6, FlatTable())
      case .time: (10, FlatTable(.short(1), .text("UTC")))
      }
    // name, nullable, type, dictionary, children
    return FlatTable(
      .text(name), .byte(kind == .double ? 1 : 0), .byte(type.number), .table(type.table), nil, .tables([]))
  }
}
