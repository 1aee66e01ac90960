import Checksum

/// Files with their checksums made right, whatever else they say. The forms are those of `JournalWriter` and of
/// `DATA/versions`.
enum SealedOctets {
  /// A journal segment: the header's checksum, and marker, salt and checksums of each frame, one behind the other.
  static func segment(_ octets: [UInt8]) -> [UInt8] {
    var octets = octets
    guard octets.count >= 48 else { return octets }
    octets.replaceSubrange(0..<12, with: Array("ThiNaiJ1".utf8) + [1, 0, 0, 0])
    put(checksum(octets[..<40]), at: 40, &octets)
    var start = 48
    while start + 40 <= octets.count {
      octets.replaceSubrange(start..<start + 8, with: [0x95, 0x6E, 0x0B, 0xD8, 0xC3, 0x9E, 0xA1, 0xF7])
      octets.replaceSubrange(start + 8..<start + 16, with: octets[32..<40])
      // The block is as long as it says, as far as the file goes.
      let said = (0..<4).reduce(0) { $0 | Int(octets[start + 28 + $1]) << (8 * $1) }
      let end = min(octets.count, start + 40 + said % 4_096)
      put(UInt32(end - start - 40), at: start + 28, &octets)
      put(checksum(octets[start..<start + 32] + octets[start + 40..<end]), at: start + 32, &octets)
      put(checksum(octets[start..<start + 36]), at: start + 36, &octets)
      start = end
    }
    return octets
  }

  private static func checksum(_ octets: ArraySlice<UInt8>) -> UInt32 { octets.withUnsafeBytes { CRC32C.of($0) } }

  private static func put(_ word: UInt32, at start: Int, _ octets: inout [UInt8]) {
    for index in 0..<4 { octets[start + index] = UInt8(truncatingIfNeeded: word >> (8 * UInt32(index))) }
  }

  /// Lines that each end in the fingerprint (FNV-1a) of what stands before it.
  static func lines(_ octets: [UInt8]) -> [UInt8] {
    var sealed: [UInt8] = []
    for line in octets.split(separator: 0x0A) {
      let sum = line.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
      let digits = String(sum, radix: 16)
      sealed += line + [0x20] + String(repeating: "0", count: 16 - digits.utf8.count).utf8 + digits.utf8 + [0x0A]
    }
    return sealed
  }

  /// Lines behind their checksum, the last one with or without its end.
  static func lines(_ octets: [UInt8], before checksum: ([UInt8]) -> some StringProtocol) -> [UInt8] {
    var sealed: [UInt8] = []
    for line in octets.split(separator: 0x0A) { sealed += Array(checksum(Array(line)).utf8) + line + [0x0A] }
    if octets.last != 0x0A, !sealed.isEmpty, octets.count % 4 == 3 { sealed.removeLast() }
    return sealed
  }
}
