import Rollups
import Testing

@Suite struct SpreadTests {
  private static func spread(_ values: [Double]) -> Spread {
    var spread = Spread()
    for (index, value) in values.enumerated() { spread.add(value, count: Int64(index + 1)) }
    return spread
  }

  @Test func deviationIsThatOfThePopulation() {
    #expect(Self.spread([2, 4, 4, 4, 5, 5, 7, 9]).deviation(count: 8) == 2)
    #expect(Self.spread([]).deviation(count: 0).isNaN)
    #expect(Self.spread([7]).deviation(count: 1) == 0)
    #expect(Spread.unknown.deviation(count: 3).isNaN)
  }

  @Test(arguments: [0, 1e6, 1e9, 1e12, -1e14])
  func nothingIsLostFarFromZero(offset: Double) {
    let values = (0..<300).map { offset + Double($0 % 3) }
    let wanted = (2.0 / 3).squareRoot()
    #expect(abs(Self.spread(values).deviation(count: 300) - wanted) < 1e-9)
    var merged = Spread()
    var count: Int64 = 0
    var rest = values[...]
    for size in [1, 0, 7, 92, 100, 100] {
      let piece = Array(rest.prefix(size))
      rest = rest.dropFirst(size)
      merged.merge(Self.spread(piece), own: count, others: Int64(piece.count))
      count += Int64(piece.count)
    }
    #expect(rest.isEmpty && count == 300)
    #expect(abs(merged.deviation(count: count) - wanted) < 1e-9)
  }

  @Test func wholeNumbersOfOneDoubleLieApart() {
    var spread = Spread()
    for value in 0...2 {
      let whole = Int64(1) << 60 + Int64(value)
      let rest = WideNumber.rest(of: whole, scale: 0, double: Double(whole))
      spread.add(Double(whole), rest: rest, count: Int64(value + 1))
    }
    #expect(abs(spread.deviation(count: 3) - (2.0 / 3).squareRoot()) < 1e-12)
    #expect(WideNumber.rest(of: .max, scale: 0, double: Double(Int64.max)) == -1)
    #expect(WideNumber.rest(of: 7, scale: 0, double: 7) == 0)
  }

  @Test func whatIsUnknownMakesAllUnknown() {
    var spread = Self.spread([1, 2, 3])
    spread.merge(.unknown, own: 3, others: 4)
    #expect(spread.deviation(count: 7).isNaN)
  }
}
