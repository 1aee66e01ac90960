/// Reading of TZif (RFC 8536).
///
/// ```
/// +--------+---------+----------+---------+---------+---------+---------+---------+---------+
/// | "TZif" | version | 15 zeros | isutcnt | isstdcnt| leapcnt | timecnt | typecnt | charcnt |
/// +--------+---------+----------+---------+---------+---------+---------+---------+---------+
/// | times (timecnt × 4 or 8) | types (timecnt × 1) | type records (typecnt × 6: offset, isdst, name) |
/// | names (charcnt) | leap seconds (leapcnt × (8 or 12)) | isstd (isstdcnt) | isut (isutcnt) |
/// +------------------------------------------------------------------------------------------+
/// ```
/// Version 1 has this once with times of 4 octets; later ones again with 8, and then LF, a POSIX rule, LF.
extension TimeZoneRules {
  /// The counts of one header and where its data begin.
  private struct Block {
    var start: Int
    var timeCount: Int
    var typeCount: Int
    var timeSize: Int
    var length: Int

    /// nil if there is no header at `offset`, or its data do not fit.
    init?(_ bytes: RawSpan, at offset: Int, timeSize: Int) {
      guard offset + 44 <= bytes.byteCount, TimeZoneRules.number(bytes, at: offset, size: 4) == 0x545A_6966 else {
        return nil
      }
      func count(_ index: Int) -> Int {
        Int(UInt32(truncatingIfNeeded: TimeZoneRules.number(bytes, at: offset + 20 + 4 * index, size: 4)))
      }
      start = offset + 44
      timeCount = count(3)
      typeCount = count(4)
      self.timeSize = timeSize
      length =
        timeCount * (timeSize + 1) + typeCount * 6 + count(5) + count(2) * (timeSize + 4) + count(1) + count(0)
      // Leap seconds are in no instant of ours; files that count them (`right/…`) are not read wrongly but refused.
      guard start + length <= bytes.byteCount, typeCount > 0, typeCount <= 256, count(2) == 0 else { return nil }
    }

    /// The last transition, changes of nothing but the name included: from then on the rule holds.
    func lastTime(_ bytes: RawSpan) -> Int64? {
      timeCount == 0
        ? nil : TimeZoneRules.number(bytes, at: start + (timeCount - 1) * timeSize, size: timeSize)
    }
  }

  /// The zone of a TZif file, versions 1 to 4; nil if the bytes are none, are cut off, or count leap seconds.
  public init?(tzif bytes: RawSpan) {
    guard let first = Block(bytes, at: 0, timeSize: 4) else { return nil }
    if bytes.unsafeLoad(fromByteOffset: 4, as: UInt8.self) == 0 {
      self.init(bytes, block: first)
      return
    }
    let second = first.start + first.length
    guard let block = Block(bytes, at: second, timeSize: 8) else { return nil }
    self.init(bytes, block: block)
    let footer = block.start + block.length
    guard footer + 2 <= bytes.byteCount, bytes.unsafeLoad(fromByteOffset: footer, as: UInt8.self) == 10 else {
      return nil
    }
    var rule: [UInt8] = []
    var index = footer + 1
    while true {
      guard index < bytes.byteCount else { return nil }
      let byte = bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      if byte == 10 { break }
      rule.append(byte)
      index += 1
    }
    if rule.isEmpty { return }
    guard let future = PosixZone(rule) else { return nil }
    extend(by: future, after: block.lastTime(bytes))
  }

  private init?(_ bytes: RawSpan, block: Block) {
    let types = block.start + block.timeCount * block.timeSize
    let records = types + block.timeCount
    func offset(ofType type: Int) -> Int32 {
      Int32(truncatingIfNeeded: Self.number(bytes, at: records + 6 * type, size: 4))
    }
    var transitions: [Int64] = []
    var offsets = [offset(ofType: 0)]
    for index in 0..<block.timeCount {
      let time = Self.number(bytes, at: block.start + index * block.timeSize, size: block.timeSize)
      let type = Int(bytes.unsafeLoad(fromByteOffset: types + index, as: UInt8.self))
      guard type < block.typeCount else { return nil }
      if let last = transitions.last, time <= last { return nil }
      // Some changes are of the name alone.
      if offset(ofType: type) == offsets[offsets.count - 1] { continue }
      transitions.append(time)
      offsets.append(offset(ofType: type))
    }
    guard offsets.allSatisfy({ abs(Int($0)) < 2 * 86_400 }) else { return nil }
    self.init(transitions: transitions, offsets: offsets)
  }

  /// A signed big-endian number.
  private static func number(_ bytes: RawSpan, at offset: Int, size: Int) -> Int64 {
    var value: Int64 = 0
    for index in 0..<size {
      let byte = bytes.unsafeLoad(fromByteOffset: offset + index, as: UInt8.self)
      value = index == 0 ? Int64(Int8(bitPattern: byte)) : value << 8 | Int64(byte)
    }
    return value
  }

  /// The zone of a POSIX rule alone, `CET-1CEST,M3.5.0,M10.5.0/3`, as in the environment variable `TZ`.
  public init?(posix text: String) {
    guard let zone = PosixZone(Array(text.utf8)) else { return nil }
    self.init(transitions: [], offsets: [Int32(zone.standardOffset)])
    extend(by: zone, after: nil)
  }

  /// Appends the rule's changes behind the file's last transition.
  private mutating func extend(by zone: PosixZone, after last: Int64?) {
    guard let daylight = zone.daylight else { return }
    // `UnixNanos` begins in 1677 and ends in 2262; no rule is older than 1900.
    let lastDay = last.map { Int(flooredDivision($0, by: 86_400)) } ?? 0
    let firstYear = max(1900, last == nil ? 1900 : CalendarDate(daysSinceEpoch: max(-30_000, lastDay)).year)
    var changes: [(time: Int64, offset: Int)] = []
    for year in stride(from: min(firstYear, 2263) - 1, through: 2263, by: 1) {
      changes.append((daylight.end.localSeconds(year: year) - Int64(daylight.offset), zone.standardOffset))
      changes.append((daylight.start.localSeconds(year: year) - Int64(zone.standardOffset), daylight.offset))
    }
    // Of two changes at one instant the begin of daylight time stands: that is how a whole year of it is written.
    changes.sort { ($0.time, $0.offset == daylight.offset ? 1 : 0) < ($1.time, $1.offset == daylight.offset ? 1 : 0) }
    for (index, change) in changes.enumerated() {
      if index + 1 < changes.count && changes[index + 1].time == change.time { continue }
      if let last, change.time <= last { continue }
      if change.offset == Int(offsets[offsets.count - 1]) { continue }
      transitions.append(change.time)
      offsets.append(Int32(change.offset))
    }
  }
}
