import Rollups
import Testing

@Suite struct WideNumberTests {
  @Test func wholeNumbersOfOneDoubleAreToldApart() {
    let low = WideNumber(mantissa: 1 << 53, scale: 0)
    let high = WideNumber(mantissa: 1 << 53 + 1, scale: 0)
    #expect(low.double == high.double && low < high && !(high < low))
    #expect(WideNumber.isWide(1 << 53) && !WideNumber.isWide(1 << 53 - 1) && WideNumber.isWide(.min))
    #expect(WideNumber(mantissa: .max, scale: 9) < WideNumber(mantissa: .max, scale: 8))
    #expect(WideNumber(mantissa: .min, scale: 0) < WideNumber(mantissa: .max, scale: 18))
  }

  @Test func edgesKeepTheirDigits() {
    var edges = WideEdges()
    for value in [5, 3, 9] as [Int64] { edges.widen(WideNumber(mantissa: 1 << 60 + value, scale: 0)) }
    #expect(edges.least?.mantissa == 1 << 60 + 3 && edges.largest?.mantissa == 1 << 60 + 9)
  }

  @Test func sumsSayTheirDigitsWhereADoubleDoesNot() {
    var sum = ExactSum()
    sum.add(mantissa: 1 << 53 + 1, scale: 0)
    #expect(sum.wideDigits?.mantissa == 1 << 53 + 1 && sum.wideDigits?.scale == 0)
    sum.add(mantissa: .max, scale: 0)
    sum.add(mantissa: 25, scale: 2)
    #expect(sum.wideDigits?.mantissa == (Int128(1) << 53 + 1 + Int128(Int64.max)) * 100 + 25)
    #expect(sum.wideDigits?.scale == 2)
    var small = ExactSum()
    small.add(mantissa: 123_456, scale: 3)
    #expect(small.wideDigits == nil && small.value == 123.456)
    small.add(0.1)
    #expect(small.wideDigits == nil)
  }
}
