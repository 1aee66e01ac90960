import Telemetry
import Testing

struct DecimalNumberTests {
  @Test(arguments: [
    (2350, 2, 23.5), (5_827_000_141_143_799, 15, 5.827000141143799), (-100_000_000_000_000, 18, -0.0001),
    (1, 18, 1e-18), (1_598_999_977_111_816_4, 16, 1.5989999771118164),
    (30_000_000_000_000_004, 17, 0.30000000000000004),
  ])
  func decimalsThatADoubleStandsFor(mantissa: Int64, scale: Int, value: Double) {
    #expect(DecimalNumber.exactDouble(mantissa: mantissa, scale: scale) == value)
  }

  @Test(arguments: [
    // 17 and more digits of which no double keeps all, or that a shorter text stands for.
    (12_345_678_901_234_567, 1), (10_000_000_000_000_001, 17), (999_999_999_999_999_999, 18),
  ])
  func decimalsThatNoDoubleStandsFor(mantissa: Int64, scale: Int) {
    #expect(DecimalNumber.exactDouble(mantissa: mantissa, scale: scale) == nil)
  }

  @Test func everyDoubleOfItsShortestTextIsItself() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let value = Double.random(in: -1_000...1_000, using: &random)
      let text = value.description
      guard !text.contains("e"), let point = text.firstIndex(of: ".") else { continue }
      let behind = text[text.index(after: point)...]
      guard behind.count <= 18, let mantissa = Int64(text.replacing(".", with: "")) else { continue }
      #expect(DecimalNumber.exactDouble(mantissa: mantissa, scale: behind.count) == value)
    }
  }

  @Test func oneNumberHasOneForm() {
    func form(_ tag: ValueTag, _ payload: Int64) -> String {
      let plain = DecimalNumber.canonical(tag: tag, payload: payload)
      return "\(plain.tag.rawValue) \(plain.payload)"
    }
    #expect(form(.integer, 5) == form(.decimal(scale: 0), 5))
    #expect(form(.decimal(scale: 2), 500) == form(.integer, 5))
    let long = Int64(bitPattern: (5.827000141143799).bitPattern)
    #expect(form(.decimal(scale: 15), 5_827_000_141_143_799) == form(.double, long))
    #expect(form(.decimal(scale: 3), 1_250) == form(.decimal(scale: 2), 125))
    #expect(form(.decimal(scale: 18), 999_999_999_999_999_999) != form(.double, Int64(bitPattern: (1.0).bitPattern)))
  }
}
