import Sys

/// Identifiers of tables, as Delta wants them: UUIDs of version 4 (RFC 9562).
enum TableID {
  static func random() -> String {
    var generator = Randomness()
    let high: UInt64 = generator.next() & ~0xF000 | 0x4000
    let low: UInt64 = generator.next() & ~(3 << 62) | 2 << 62
    func hex(_ value: UInt64, _ width: Int) -> String {
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(hex(high >> 32, 8))-\(hex(high >> 16 & 0xFFFF, 4))-\(hex(high & 0xFFFF, 4))-\(hex(low >> 48, 4))"
      + "-\(hex(low & 0xFFFF_FFFF_FFFF, 12))"
  }
}
