import Primitives
import Telemetry

/// A lane's layouts: the lists of fields, names and units, that its rows have.
struct LayoutCache: ~Copyable {
  struct Field: BitwiseCopyable {
    var name: Int
    var unit: Int
    var nameLength: UInt32
    var unitLength: UInt32
    /// The name's first eight bytes, zeros behind a shorter one: most names are told by one comparison.
    var nameHead: UInt64
  }

  struct StoredName: BitwiseCopyable {
    var place: Int
    var length: Int
  }

  struct Layout {
    var firstField: Int
    var fieldCount: Int
    var definedIn: UInt64
  }

  private(set) var layouts: [Layout] = []
  private(set) var fields: [Field] = []
  /// Beside each field its name in normalisation form C, which is what is stored: most often the same.
  private(set) var storedNames: [StoredName] = []
  private var byHash: [UInt64: [UInt32]] = [:]
  private(set) var texts = ByteStore()
  private let hash: KeyHash

  init(hash: KeyHash) {
    self.hash = hash
  }

  /// Whether that layout is the row's.
  @inline(__always)
  borrowing func matches(
    _ layout: UInt32, _ row: DecodedRow, _ decoded: borrowing DecodedDatagram, _ datagram: RawSpan
  ) -> Bool {
    if Int(layout) >= layouts.count { return false }
    let known = layouts[Int(layout)]
    let count = Int(row.fieldCount)
    if known.fieldCount != count { return false }
    for index in 0..<count {
      let field = decoded.fields[Int(row.firstField) &+ index]
      let own = fields[known.firstField &+ index]
      if own.nameLength != field.name.length || own.unitLength != field.unit.length { return false }
      let name = decoded.text(field.name, of: datagram)
      if name.head != own.nameHead { return false }
      if own.nameLength > 8, !name.equals(texts.bytes(own.name, Int(own.nameLength))) { return false }
      if own.unitLength > 0,
        !decoded.text(field.unit, of: datagram).equals(texts.bytes(own.unit, Int(own.unitLength)))
      {
        return false
      }
    }
    return true
  }

  /// What the layouts' names take.
  var byteCount: Int { texts.byteCount }

  /// The row's layout; nil if it is new.
  @inline(never)
  borrowing func find(_ row: DecodedRow, _ decoded: borrowing DecodedDatagram, _ datagram: RawSpan) -> UInt32? {
    for candidate in byHash[sum(row, decoded, datagram)] ?? [] where matches(candidate, row, decoded, datagram) {
      return candidate
    }
    return nil
  }

  private borrowing func sum(
    _ row: DecodedRow, _ decoded: borrowing DecodedDatagram, _ datagram: RawSpan
  ) -> UInt64 {
    var sum = UInt64(row.fieldCount)
    for index in 0..<Int(row.fieldCount) {
      let field = decoded.fields[Int(row.firstField) + index]
      sum = (sum &* 31) ^ hash.hash(decoded.text(field.name, of: datagram))
      sum = (sum &* 31) ^ hash.hash(decoded.text(field.unit, of: datagram))
    }
    return sum
  }

  /// Enters a layout that is new.
  mutating func insert(_ row: DecodedRow, _ decoded: borrowing DecodedDatagram, _ datagram: RawSpan) -> UInt32 {
    let layout = Layout(firstField: fields.count, fieldCount: Int(row.fieldCount), definedIn: UInt64.max)
    for index in 0..<Int(row.fieldCount) {
      let field = decoded.fields[Int(row.firstField) + index]
      let text = decoded.text(field.name, of: datagram)
      let name = texts.append(text)
      var stored = StoredName(place: name, length: Int(field.name.length))
      if !UTF8Text.isASCII(text) {
        let composed = text.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }.composed
        stored = StoredName(place: texts.append(composed.utf8Span.span.bytes), length: composed.utf8.count)
      }
      fields.append(
        Field(
          name: name, unit: texts.append(decoded.text(field.unit, of: datagram)), nameLength: field.name.length,
          unitLength: field.unit.length, nameHead: text.head))
      storedNames.append(stored)
    }
    layouts.append(layout)
    byHash[sum(row, decoded, datagram), default: []].append(UInt32(layouts.count - 1))
    return UInt32(layouts.count - 1)
  }

  @inline(__always)
  func definedIn(_ layout: UInt32) -> UInt64 { layouts[Int(layout)].definedIn }

  mutating func setDefined(_ layout: UInt32, in segment: UInt64) { layouts[Int(layout)].definedIn = segment }
}

extension RawSpan {
  /// The first eight bytes as a number, zeros in place of those that are not there.
  @inline(__always)
  var head: UInt64 {
    if byteCount >= 8 { return unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt64.self) }
    // Two loads that overlap, each of bytes that are there.
    if byteCount >= 4 {
      let low = UInt64(unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt32.self))
      let high = UInt64(unsafeLoadUnaligned(fromUncheckedByteOffset: byteCount &- 4, as: UInt32.self))
      return low | high &<< UInt64(truncatingIfNeeded: (byteCount &- 4) &* 8)
    }
    var head: UInt64 = 0
    for index in 0..<byteCount {
      head |= UInt64(unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)) &<< UInt64(index &* 8)
    }
    return head
  }
}
