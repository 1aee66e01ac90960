import Primitives

/// Reads the Thrift compact protocol out of bytes that nobody vouches for.
///
/// Every length is held against the bytes that are left before anything is allocated, nesting is bounded, and whatever
/// does not fit throws.
struct ThriftReader {
  private let bytes: [UInt8]
  private let end: Int
  /// Where the next byte is read.
  private(set) var position: Int
  /// What the bytes are, for errors.
  private let thing: String

  /// Reads `bytes` from `start` on.
  init(_ bytes: [UInt8], from start: Int = 0, thing: String) {
    self.bytes = bytes
    self.end = bytes.count
    self.position = start
    self.thing = thing
  }

  /// The next field of the structure under way; false at its end. `field` begins as `ThriftField()`.
  mutating func next(_ field: inout ThriftField) throws(ParquetError) -> Bool {
    let head = try byte()
    if head == 0 { return false }
    guard let type = ThriftType(rawValue: head & 0xF) else { throw flaw("a field of unknown type \(head & 0xF)") }
    if head >> 4 == 0 {
      field.id = try narrow(integer())
    } else {
      let (id, overflow) = field.id.addingReportingOverflow(Int16(head >> 4))
      guard !overflow else { throw flaw("a field number beyond 32767") }
      field.id = id
    }
    field.type = type
    return true
  }

  mutating func i32() throws(ParquetError) -> Int32 {
    try narrow(integer())
  }

  mutating func i64() throws(ParquetError) -> Int64 {
    try integer()
  }

  /// A count or size: not negative.
  mutating func size() throws(ParquetError) -> Int {
    let value = try integer()
    guard value >= 0 else { throw flaw("a negative size \(value)") }
    return Int(value)
  }

  mutating func byte() throws(ParquetError) -> UInt8 {
    guard position < end else { throw flaw("it ends early") }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func binary() throws(ParquetError) -> [UInt8] {
    let count = try length()
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  mutating func string() throws(ParquetError) -> String {
    guard let text = String(validating: try binary(), as: UTF8.self) else { throw flaw("a text that is not UTF-8") }
    return text
  }

  /// The header of a list of `type`; its elements follow.
  mutating func list(of type: ThriftType) throws(ParquetError) -> Int {
    let (found, count) = try listHeader()
    // Booleans in lists stand under either of their two numbers.
    guard count == 0 || found == type || (type == .yes && found == .no) else { throw flaw("a list of another type") }
    return count
  }

  /// A boolean that is a list's element.
  mutating func listedBool() throws(ParquetError) -> Bool {
    let value = try byte()
    guard value <= 2 else { throw flaw("a boolean that is \(value)") }
    return value == 1
  }

  /// Passes over a field of `type`.
  mutating func skip(_ type: ThriftType) throws(ParquetError) {
    try skip(type, depth: 0, inList: false)
  }

  /// The error for a flaw that the caller found in what it read here.
  func flaw(_ cause: String) -> ParquetError {
    ParquetError(thing, cause)
  }

  private mutating func skip(_ type: ThriftType, depth: Int, inList: Bool) throws(ParquetError) {
    guard depth < Limits.thriftDepth else { throw flaw("nested deeper than \(Limits.thriftDepth)") }
    switch type {
    case .yes, .no: if inList { _ = try byte() }
    case .byte: _ = try byte()
    case .i16, .i32, .i64: _ = try integer()
    case .double:
      guard end - position >= 8 else { throw flaw("it ends early") }
      position += 8
    case .binary: position += try length()
    case .list, .set:
      let (element, count) = try listHeader()
      for _ in 0..<count { try skip(element, depth: depth + 1, inList: true) }
    case .map:
      let count = try length()
      if count == 0 { return }
      let types = try byte()
      guard let key = ThriftType(rawValue: types >> 4), let value = ThriftType(rawValue: types & 0xF) else {
        throw flaw("a map of unknown type")
      }
      for _ in 0..<count {
        try skip(key, depth: depth + 1, inList: true)
        try skip(value, depth: depth + 1, inList: true)
      }
    case .structure:
      var field = ThriftField()
      while try next(&field) { try skip(field.type, depth: depth + 1, inList: false) }
    }
  }

  private mutating func listHeader() throws(ParquetError) -> (ThriftType, Int) {
    let head = try byte()
    let count = head >> 4 == 15 ? try length() : Int(head >> 4)
    if count == 0 { return (.yes, 0) }
    guard let type = ThriftType(rawValue: head & 0xF) else { throw flaw("a list of unknown type \(head & 0xF)") }
    // An element takes a byte at least.
    guard count <= end - position else { throw flaw("a list of \(count) in \(end - position) bytes") }
    return (type, count)
  }

  /// A length in bytes, or a count of what takes a byte at least: no more than is left.
  private mutating func length() throws(ParquetError) -> Int {
    let count = try varint()
    guard count <= UInt64(end - position) else { throw flaw("a length of \(count) in \(end - position) bytes") }
    return Int(count)
  }

  private mutating func integer() throws(ParquetError) -> Int64 {
    let raw = try varint()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  private mutating func varint() throws(ParquetError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte()
      guard shift < 63 || next <= 1 else { throw flaw("a number beyond 64 bits") }
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 { return value }
      shift += 7
    }
  }

  private func narrow<Narrow: FixedWidthInteger>(_ value: Int64) throws(ParquetError) -> Narrow {
    guard let narrow = Narrow(exactly: value) else { throw flaw("the number \(value) where a smaller one must be") }
    return narrow
  }
}
