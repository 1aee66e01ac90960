/// Writes the Thrift compact protocol: as much of it as Parquet's metadata needs.
struct ThriftWriter {
  private(set) var bytes: [UInt8] = []
  /// The id of the last field of the structure under way; ids are written as differences.
  private var lastField: Int16 = 0

  /// Writes a structure that is no field: the outermost one, or a list's element.
  mutating func structure(_ body: (inout ThriftWriter) -> Void) {
    let outer = lastField
    lastField = 0
    body(&self)
    bytes.append(0)
    lastField = outer
  }

  mutating func structure(_ id: Int16, _ body: (inout ThriftWriter) -> Void) {
    header(id, .structure)
    structure(body)
  }

  mutating func bool(_ id: Int16, _ value: Bool) {
    header(id, value ? .yes : .no)
  }

  mutating func byte(_ id: Int16, _ value: Int8) {
    header(id, .byte)
    bytes.append(UInt8(bitPattern: value))
  }

  mutating func i16(_ id: Int16, _ value: Int16) {
    header(id, .i16)
    integer(Int64(value))
  }

  mutating func i32(_ id: Int16, _ value: Int32) {
    header(id, .i32)
    integer(Int64(value))
  }

  mutating func i64(_ id: Int16, _ value: Int64) {
    header(id, .i64)
    integer(value)
  }

  mutating func binary(_ id: Int16, _ value: some Collection<UInt8>) {
    header(id, .binary)
    binary(value)
  }

  /// A list's header; its elements follow.
  mutating func list(_ id: Int16, of type: ThriftType, count: Int) {
    header(id, .list)
    if count < 15 {
      bytes.append(UInt8(count) << 4 | type.rawValue)
    } else {
      bytes.append(0xF0 | type.rawValue)
      varint(UInt64(count))
    }
  }

  // MARK: elements of lists

  mutating func bool(_ value: Bool) {
    bytes.append(value ? 1 : 2)
  }

  mutating func integer(_ value: Int64) {
    varint(UInt64(bitPattern: value << 1 ^ value >> 63))
  }

  mutating func binary(_ value: some Collection<UInt8>) {
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  private mutating func header(_ id: Int16, _ type: ThriftType) {
    let step = Int(id) - Int(lastField)
    if (1...15).contains(step) {
      bytes.append(UInt8(step) << 4 | type.rawValue)
    } else {
      bytes.append(type.rawValue)
      integer(Int64(id))
    }
    lastField = id
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
