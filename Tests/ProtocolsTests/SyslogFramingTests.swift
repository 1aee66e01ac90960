import Testing

@testable import Protocols

@Suite struct SyslogFramingTests {
  private func start(_ text: String, whole: Int? = nil) -> Int {
    let bytes = Array(text.utf8)
    return SyslogFraming.messageStart(bytes.span.bytes, wholeCount: whole ?? bytes.count)
  }

  @Test func marksAndCountsStandBeforeAMessage() {
    #expect(start("<13>x") == 0 && start("\u{FEFF}<13>x") == 3)
    #expect(start("5 <13>x") == 2 && start("\u{FEFF}5 <13>x") == 5 && start("5 \u{FEFF}<13>x") == 0)
    // The count may take in line ends that are cut off, and no more.
    #expect(start("6 <13>x", whole: 8) == 2 && start("7 <13>x", whole: 8) == 0 && start("4 <13>x") == 0)
    #expect(
      start("99999 <13>x") == 0 && start("123456 <13>x") == 0 && start("5") == 0 && start("") == 0 && start(" ") == 0)
  }

  @Test func compressedStreamsAreToldByTheirFirstOctets() {
    for bytes: [UInt8] in [[0x1F, 0x8B, 8], [0x78, 0x9C], [0x78, 0xDA, 1], [0x78, 0x01], [0x28, 0xB5, 0x2F, 0xFD]] {
      let isCompressed = bytes.span.bytes.isCompressed
      #expect(isCompressed)
    }
    for bytes: [UInt8] in [[], [0x1F], [0x28, 0xB5, 0x2F], Array("<13>x".utf8), Array("x\u{1}".utf8.reversed())] {
      let isCompressed = bytes.span.bytes.isCompressed
      #expect(!isCompressed)
    }
  }

  private func utf16(_ bytes: [UInt8]) -> String? {
    SyslogFraming.textOfUTF16(bytes.span.bytes).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func textOfTwoOctetsALetterIsRead() {
    let units = Array("<13>mưa".utf16)
    let little = units.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    let big = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    for bytes in [little, big, [0xFF, 0xFE] + little, [0xFE, 0xFF] + big] { #expect(utf16(bytes) == "<13>mưa") }
    // An odd octet at the end is left out; half a pair becomes U+FFFD.
    #expect(utf16(little + [0x41]) == "<13>mưa")
    #expect(utf16([0xFF, 0xFE, 0x00, 0xD8]) == "\u{FFFD}")
    for bytes: [UInt8] in [[], [0xFF], [0xFF, 0xFE], [0x3C, 0], Array("<13>x".utf8)] { #expect(utf16(bytes) == nil) }
  }
}
