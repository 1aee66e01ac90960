import Mutation
import Primitives
import Rollups
import Testing

@Suite struct ExactSumTests {
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func decimalsSumUpExactlyInAnyOrder(seed: UInt64) {
    var random = SeededRandom(seed)
    let scale = Int(seed % 10)
    let mantissas = (0..<500).map { _ in Int64.random(in: -99_999_999...99_999_999, using: &random) }
    var parts = [ExactSum](repeating: ExactSum(), count: 4)
    for mantissa in mantissas { parts[Int.random(in: 0..<4, using: &random)].add(mantissa: mantissa, scale: scale) }
    var merged = ExactSum()
    for part in parts.shuffled(using: &random) { merged.merge(part) }
    let exact = mantissas.reduce(0, +)
    #expect(merged.mantissa(scale: scale) == exact)
    #expect(merged.value == Double("\(exact)e-\(scale)"))
  }

  @Test func largeIntegersDoNotOverflow() {
    var sum = ExactSum()
    for _ in 0..<1_000 { sum.add(mantissa: .max, scale: 0) }
    #expect(sum.value == 1_000 * Double(Int64.max) && sum.mantissa(scale: 0) == nil)
    for _ in 0..<1_000 { sum.add(mantissa: -.max, scale: 0) }
    #expect(sum.value == 0 && sum.mantissa(scale: 0) == 0)
  }

  @Test func doublesStandBesideDecimals() {
    var sum = ExactSum()
    sum.add(1e16)
    sum.add(mantissa: 25, scale: 1)
    sum.add(3.25)
    sum.add(-1e16)
    #expect(sum.value == 5.75 && !sum.isExact && sum.mantissa(scale: 2) == nil)
  }
}
