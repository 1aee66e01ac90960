import Primitives
import Telemetry

/// A lane's layouts: the lists of fields, names and units, that its rows have.
struct LayoutCache: ~Copyable {
  struct Field: BitwiseCopyable {
    var name: Int
    var unit: Int
    var nameLength: UInt32
    var unitLength: UInt32
  }

  struct Layout {
    var firstField: Int
    var fieldCount: Int
    var definedIn: UInt64
  }

  private(set) var layouts: [Layout] = []
  private(set) var fields: [Field] = []
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
      if !decoded.text(field.name, of: datagram).equals(texts.bytes(own.name, Int(own.nameLength))) { return false }
      if own.unitLength > 0,
        !decoded.text(field.unit, of: datagram).equals(texts.bytes(own.unit, Int(own.unitLength)))
      {
        return false
      }
    }
    return true
  }

  /// The row's layout, made if it is new; nil if the lane has as many as it may.
  @inline(never)
  mutating func number(_ row: DecodedRow, _ decoded: borrowing DecodedDatagram, _ datagram: RawSpan) -> UInt32? {
    var sum = UInt64(row.fieldCount)
    for index in 0..<Int(row.fieldCount) {
      let field = decoded.fields[Int(row.firstField) + index]
      sum = (sum &* 31) ^ hash.hash(decoded.text(field.name, of: datagram))
      sum = (sum &* 31) ^ hash.hash(decoded.text(field.unit, of: datagram))
    }
    for candidate in byHash[sum] ?? [] where matches(candidate, row, decoded, datagram) { return candidate }
    guard layouts.count < Limits.layoutsPerLane else { return nil }
    let layout = Layout(firstField: fields.count, fieldCount: Int(row.fieldCount), definedIn: UInt64.max)
    for index in 0..<Int(row.fieldCount) {
      let field = decoded.fields[Int(row.firstField) + index]
      fields.append(
        Field(
          name: texts.append(decoded.text(field.name, of: datagram)),
          unit: texts.append(decoded.text(field.unit, of: datagram)), nameLength: field.name.length,
          unitLength: field.unit.length))
    }
    layouts.append(layout)
    byHash[sum, default: []].append(UInt32(layouts.count - 1))
    return UInt32(layouts.count - 1)
  }

  @inline(__always)
  func definedIn(_ layout: UInt32) -> UInt64 { layouts[Int(layout)].definedIn }

  mutating func setDefined(_ layout: UInt32, in segment: UInt64) { layouts[Int(layout)].definedIn = segment }
}

extension DecodedDatagram {
  /// The bytes of a range, in the datagram or in the arena.
  @_lifetime(borrow self, copy datagram)
  @inline(__always)
  borrowing func text(_ range: TextRange, of datagram: RawSpan) -> RawSpan {
    let end = range.offset &+ Int(range.length)
    if range.isInArena {
      return _overrideLifetime(arena.bytes.extracting(range.offset..<end), borrowing: self)
    }
    return datagram.extracting(range.offset..<end)
  }
}
