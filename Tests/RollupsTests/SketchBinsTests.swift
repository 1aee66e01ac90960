import Mutation
import Testing

@testable import Rollups

@Suite struct SketchBinsTests {
  private func ascending(_ bins: SketchBins) -> [String] { bins.ascending.map { "\($0.bin):\($0.number)" } }

  @Test func binsGrowToBothSides() {
    var bins = SketchBins()
    #expect(bins.count == 0 && ascending(bins).isEmpty && bins.descending.first { _ in true } == nil)
    for (number, bin) in [(1, 5), (2, 5), (3, -4), (4, 9), (5, 0)] as [(Int64, Int32)] { bins.add(number, to: bin) }
    #expect(ascending(bins) == ["-4:3", "0:5", "5:3", "9:4"] && bins.count == 15)
    #expect(bins.descending.map(\.bin) == [9, 5, 0, -4])
  }

  @Test func mergingIsAddingWhateverTheOrder() {
    var random = SeededRandom(1)
    var whole = SketchBins()
    var parts = [SketchBins](repeating: SketchBins(), count: 4)
    for _ in 0..<200 {
      let bin = Int32.random(in: -300...300, using: &random)
      whole.add(1, to: bin)
      parts[Int.random(in: 0..<4, using: &random)].add(1, to: bin)
    }
    for order in [[0, 1, 2, 3], [3, 1, 0, 2]] {
      var merged = SketchBins()
      for part in order { merged.merge(parts[part]) }
      merged.merge(SketchBins())
      #expect(ascending(merged) == ascending(whole) && merged.count == 200)
    }
  }

  /// Texts that another program, or damage, put into a rollup table.
  @Test func damagedTextsAreNoneOrCount() {
    var sketch = QuantileSketch()
    for value in [0.001, 0, -7, 1e300, 23.5, 23.5] { sketch.add(value) }
    var mutation = Mutation(seed: 5)
    var sum = QuantileSketch()
    for _ in 0..<3_000 {
      guard let read = QuantileSketch(text: mutation.damage(Array(sketch.text.utf8))) else { continue }
      #expect(read.count > 0 && read.count <= 1_000_000_000_000)
      sum.merge(read)
      for thousandths in [0, 1, 500, 999, 1_000] { #expect(read.quantile(thousandths: thousandths)?.isFinite == true) }
    }
    #expect(sum.count > 0)
  }

  @Test(arguments: [
    "40001:1000000000001", "40001:999999999999999999 40002:1", "0:600000000000 40001:600000000000", "80000:1",
    "-80000:1",
    "1:0", "1:-1", "1", ":", "1:1:1", "+1:1", "1:1 x",
  ])
  func countsThatNoBucketHasAreNone(text: String) {
    #expect(QuantileSketch(text: text.utf8) == nil)
  }
}
