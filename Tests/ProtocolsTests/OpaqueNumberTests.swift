import Mutation
import Testing

@testable import Protocols

@Suite struct OpaqueNumberTests {
  private func number(_ bytes: [UInt8]) -> String? {
    let element = BERElement(tag: 0x44, start: 0, end: bytes.count)
    guard let found = OpaqueNumber(bytes.span.bytes, element) else { return nil }
    switch found {
    case .single(let value): return "f\(value)"
    case .double(let value): return "d\(value)"
    case .integer(let value): return "i\(value)"
    case .unsigned(let value): return "u\(value)"
    }
  }

  @Test(
    arguments: [
      ([0x9F, 0x78, 4, 0x41, 0x5B, 0x33, 0x33], "f13.7"), ([0x9F, 0x79, 8, 0x40, 0x48, 0x20, 0, 0, 0, 0, 0], "d48.25"),
      ([0x9F, 0x76, 1, 0x7F], "u127"),
      ([0x9F, 0x7B, 8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "u18446744073709551615"),
      ([0x9F, 0x7A, 1, 0xFF], "i-1"), ([0x9F, 0x7A, 8, 0x80, 0, 0, 0, 0, 0, 0, 0], "i-9223372036854775808"),
    ] as [([UInt8], String)])
  func numbersComeOut(bytes: [UInt8], text: String) {
    #expect(number(bytes) == text)
  }

  @Test func whatIsNoNumberIsNone() {
    let hostile: [[UInt8]] = [
      [], [0x9F], [0x9F, 0x78, 4], [0x9F, 0x78, 3, 1, 2, 3, 4], [0x9F, 0x78, 5, 1, 2, 3, 4, 5],
      [0x9F, 0x79, 4, 1, 2, 3, 4],
      [0x9E, 0x78, 4, 1, 2, 3, 4], [0x9F, 0x77, 1, 1], [0x9F, 0x7A, 10] + [UInt8](repeating: 1, count: 10),
    ]
    for bytes in hostile { #expect(number(bytes) == nil, "\(bytes)") }
    var mutation = Mutation(seed: 4)
    for _ in 0..<2_000 { _ = number(mutation.damage([0x9F, 0x79, 8, 0x40, 0x48, 0x20, 0, 0, 0, 0, 0])) }
  }
}
