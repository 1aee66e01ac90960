import Telemetry
import Testing

@testable import Lagoon

/// Numbers that no column holds come back as they were sent, however often their part was written anew.
struct TextSiblingTests {
  private static func isSame(_ number: (tag: ValueTag, payload: Int64)?, _ tag: ValueTag, _ payload: Int64) -> Bool {
    number.map { $0 == (tag, payload) } ?? false
  }

  @Test func aWholeNumberStaysOneInTheScaleOfAnotherColumn() {
    // As a DECIMAL(18,1) holds it, from which a part was written anew.
    #expect(ValueFit.text(tag: .decimal(scale: 1), payload: -883_486_325_746_180_060) == "-88348632574618006")
    #expect(Self.isSame(ValueFit.number(text: "-88348632574618006"), .integer, -88_348_632_574_618_006))
    // As older versions wrote it.
    #expect(Self.isSame(ValueFit.number(text: "-88348632574618006.0"), .integer, -88_348_632_574_618_006))
  }

  @Test(arguments: [
    (Int64(123), 2, "1.23"), (-5, 3, "-0.005"), (1_500, 3, "1.5"), (0, 0, "0"), (.max, 1, "922337203685477580.7"),
    (.min, 0, "-9223372036854775808"),
  ]) func aTextIsReadAsItWasWritten(_ payload: Int64, _ scale: Int, _ text: String) throws {
    #expect(ValueFit.text(tag: .decimal(scale: scale), payload: payload) == text)
    let number = try #require(ValueFit.number(text: text))
    #expect(ValueFit.text(tag: number.tag, payload: number.payload) == text)
  }

  @Test(arguments: ["", ".", "x", "1.2.3", "99999999999999999999"]) func whatIsNoNumberIsNone(_ text: String) {
    #expect(ValueFit.number(text: text) == nil)
  }
}
