import Mutation
import Testing

@testable import Protocols

@Suite struct UTF8TextTests {
  private static let seeds = [
    "", "plain text of some length", "mưa ở Quy Nhơn", "\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}", "😀a😀",
  ]

  /// The standard library is the judge, whatever the octets are and wherever they stand.
  @Test func itAgreesWithTheStandardLibrary() {
    var mutation = Mutation(seed: 1)
    for round in 0..<5_000 {
      let bytes = mutation.damage(Array(Self.seeds[round % Self.seeds.count].utf8))
      let isValid = UTF8Text.isValid(bytes.span.bytes)
      #expect(isValid == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
      let isASCII = UTF8Text.isASCII(bytes.span.bytes)
      #expect(isASCII == bytes.allSatisfy { $0 < 0x80 })
    }
  }

  @Test func everySequenceOfTwoAndThreeOctets() {
    for first in 0x80...0xFF as ClosedRange<UInt8> {
      for second in stride(from: 0x00, through: 0xFF, by: 5) {
        for third in [0x00, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC0] as [UInt8] {
          let bytes = [first, UInt8(second), third]
          let isValid = UTF8Text.isValid(bytes.span.bytes)
          #expect(isValid == (String(validating: bytes, as: UTF8.self) != nil))
        }
      }
    }
  }
}
