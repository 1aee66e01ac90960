/// Writes pcap and pcapng files into memory, in either byte order.
struct CaptureFile {
  var bytes: [UInt8] = []
  let isBig: Bool

  func word(_ value: UInt64, _ width: Int) -> [UInt8] {
    let little = (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    return isBig ? little.reversed() : little
  }

  func word32(_ value: Int) -> [UInt8] { word(UInt64(value), 4) }
  func word16(_ value: Int) -> [UInt8] { word(UInt64(value), 2) }

  // MARK: pcap

  static func classic(
    magic: UInt32 = 0xA1B2_C3D4, isBig: Bool = false, linkType: Int = 1, _ frames: [[UInt8]] = []
  ) -> CaptureFile {
    var file = CaptureFile(isBig: isBig)
    file.bytes = file.word(UInt64(magic), 4) + file.word16(2) + file.word16(4)
    file.bytes += file.word32(0) + file.word32(0) + file.word32(65_535) + file.word32(linkType)
    for (index, frame) in frames.enumerated() { file.record(frame, seconds: 1_000 + index) }
    return file
  }

  mutating func record(
    _ frame: [UInt8], seconds: Int, fraction: Int = 0, captured: Int? = nil, wire: Int? = nil, extra: Int = 0
  ) {
    bytes += word32(seconds) + word32(fraction) + word32(captured ?? frame.count) + word32(wire ?? frame.count)
    bytes += [UInt8](repeating: 0, count: extra) + frame
  }

  // MARK: pcapng

  mutating func block(_ type: Int, _ body: [UInt8], trailing: Int? = nil) {
    let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
    bytes += word32(type) + word32(padded.count + 12) + padded + word32(trailing ?? padded.count + 12)
  }

  static func section(isBig: Bool = false) -> CaptureFile {
    var file = CaptureFile(isBig: isBig)
    file.block(0x0A0D_0D0A, file.word32(0x1A2B_3C4D) + file.word16(1) + file.word16(0) + file.word(.max, 8))
    return file
  }

  mutating func interface(linkType: Int = 1, snapLength: Int = 0, resolution: UInt8? = nil, offset: Int64? = nil) {
    var body = word16(linkType) + word16(0) + word32(snapLength)
    // A name that needs padding, before the options that count.
    body += word16(2) + word16(5) + Array("veth0".utf8) + [0, 0, 0]
    if let resolution { body += word16(9) + word16(1) + [resolution, 0, 0, 0] }
    if let offset { body += word16(14) + word16(8) + word(UInt64(bitPattern: offset), 8) }
    block(1, body + word16(0) + word16(0))
  }

  mutating func enhanced(_ frame: [UInt8], interface: Int = 0, ticks: UInt64 = 0, captured: Int? = nil) {
    let head = word32(interface) + word32(Int(ticks >> 32)) + word32(Int(ticks & 0xFFFF_FFFF))
    block(6, head + word32(captured ?? frame.count) + word32(frame.count) + frame)
  }

  mutating func simple(_ frame: [UInt8], wire: Int? = nil) {
    block(3, word32(wire ?? frame.count) + frame)
  }

  mutating func obsolete(_ frame: [UInt8], interface: Int = 0, ticks: UInt64 = 0) {
    let head = word16(interface) + word16(0xFFFF) + word32(Int(ticks >> 32)) + word32(Int(ticks & 0xFFFF_FFFF))
    block(2, head + word32(frame.count) + word32(frame.count) + frame)
  }
}
