/// A table as FlatBuffers have it: what stands in its slots, nil for what takes the default.
struct FlatTable {
  var slots: [FlatValue?]

  init(_ slots: FlatValue?...) { self.slots = slots }
}

/// What a slot of a table holds.
enum FlatValue {
  case byte(UInt8)
  case short(Int16)
  case int(Int32)
  case long(Int64)
  case text(String)
  case table(FlatTable)
  case tables([FlatTable])
  /// A vector of structs that are all made of 64-bit numbers, with so many each.
  case structs([Int64], width: Int)

  /// Octets in the table itself; what is longer stands behind it, and its distance here.
  fileprivate var inlineBytes: Int {
    switch self {
    case .byte: 1
    case .short: 2
    case .int: 4
    case .long: 8
    case .text, .table, .tables, .structs: 4
    }
  }
}

/// Writes FlatBuffers front to back, as far as Arrow's messages need them.
///
/// ```
/// root's distance: u32 | vtable | table | what the table refers to, each with its own ...
/// vtable: its octets u16, the table's octets u16, each slot's place in the table u16 (0: default)
/// table:  distance back to the vtable i32, slots
/// vector: count u32, elements;  text: a vector of octets and a zero
/// ```
/// A distance counts from where it stands, and leads forwards, so whatever refers is written before what it refers to.
/// Places are multiples of the size of what stands there, counted from the buffer's start, which is 8-byte aligned.
struct FlatBuffer {
  private(set) var bytes: [UInt8] = []

  init(root: FlatTable) {
    append(UInt32(0))
    write(root, referredToAt: 0)
    pad(to: 8)
  }

  private mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private mutating func pad(to alignment: Int, before header: Int = 0) {
    while (bytes.count + header) % alignment != 0 { bytes.append(0) }
  }

  private mutating func set(_ value: some FixedWidthInteger, at place: Int) {
    withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(place..<place + $0.count, with: $0) }
  }

  /// Makes the reference at `place` lead to what is written next.
  private mutating func refer(from place: Int) {
    set(UInt32(bytes.count - place), at: place)
  }

  private mutating func write(_ table: FlatTable, referredToAt reference: Int) {
    pad(to: 2)
    let vtable = bytes.count
    append(UInt16(4 + 2 * table.slots.count))
    append(UInt16(0))
    for _ in table.slots { append(UInt16(0)) }
    pad(to: 8)
    let start = bytes.count
    refer(from: reference)
    append(Int32(start - vtable))
    var references: [(place: Int, value: FlatValue)] = []
    for (slot, value) in table.slots.enumerated() {
      guard let value else { continue }
      pad(to: value.inlineBytes)
      set(UInt16(bytes.count - start), at: vtable + 4 + 2 * slot)
      switch value {
      case .byte(let byte): append(byte)
      case .short(let short): append(short)
      case .int(let int): append(int)
      case .long(let long): append(long)
      case .text, .table, .tables, .structs:
        references.append((place: bytes.count, value: value))
        append(UInt32(0))
      }
    }
    set(UInt16(bytes.count - start), at: vtable + 2)
    for (place, value) in references { write(value, referredToAt: place) }
  }

  private mutating func write(_ value: FlatValue, referredToAt reference: Int) {
    switch value {
    case .text(let text):
      pad(to: 4)
      refer(from: reference)
      append(UInt32(text.utf8.count))
      bytes.append(contentsOf: text.utf8)
      bytes.append(0)
    case .table(let table):
      write(table, referredToAt: reference)
    case .tables(let tables):
      pad(to: 4)
      refer(from: reference)
      append(UInt32(tables.count))
      let first = bytes.count
      for _ in tables { append(UInt32(0)) }
      for (index, table) in tables.enumerated() { write(table, referredToAt: first + 4 * index) }
    case .structs(let numbers, let width):
      pad(to: 8, before: 4)
      refer(from: reference)
      append(UInt32(numbers.count / width))
      for number in numbers { append(number) }
    case .byte, .short, .int, .long:
      break  // They stand in their table.
    }
  }
}
