import Mutation
import Primitives
import Rollups
import Testing

@Suite struct SketchTests {
  /// Values of many magnitudes, of both signs, with zeros.
  static func values(_ count: Int, seed: UInt64) -> [Double] {
    var random = SeededRandom(seed)
    return (0..<count).map { _ in
      switch Int.random(in: 0..<20, using: &random) {
      case 0: 0
      case 1..<8: -Double.random(in: 0.001...1_000, using: &random)
      case 8: Double.random(in: 1e-300...1e-290, using: &random)
      case 9: Double.random(in: 1e290...1e300, using: &random)
      default: Double.random(in: 20...30, using: &random)
      }
    }
  }

  static func sketch(_ values: some Sequence<Double>) -> QuantileSketch {
    var sketch = QuantileSketch()
    for value in values { sketch.add(value) }
    return sketch
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func quantilesAreWithinOnePercent(seed: UInt64) throws {
    let values = Self.values(Int(seed) * 211, seed: seed).sorted()
    let sketch = Self.sketch(values)
    for thousandths in [1, 10, 250, 500, 900, 950, 990, 999] {
      let wanted = try #require(Aggregate.nearestRank(thousandths: thousandths, of: values))
      let found = try #require(sketch.quantile(thousandths: thousandths))
      #expect(abs(found - wanted) <= 0.010_000_1 * abs(wanted))
    }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func sketchesOfPartsAreTheSketchOfAll(seed: UInt64) {
    var random = SeededRandom(seed)
    let values = Self.values(500, seed: seed)
    var parts = [QuantileSketch](repeating: QuantileSketch(), count: 7)
    for value in values { parts[Int.random(in: 0..<7, using: &random)].add(value) }
    var merged = QuantileSketch()
    for part in parts.shuffled(using: &random) { merged.merge(part) }
    let whole = Self.sketch(values)
    #expect(merged.count == whole.count && merged.text == whole.text)
  }

  @Test func aTextIsTheSketchAgain() throws {
    let sketch = Self.sketch(Self.values(300, seed: 4))
    let again = try #require(QuantileSketch(text: sketch.text.utf8))
    #expect(again.text == sketch.text && again.count == sketch.count)
    #expect(Self.sketch([0, 0, 1, -1]).text == "-40000:1 0:2 40000:1")
    for broken in ["", "1", "1:", ":1", "1:0", "1:-2", "1:2,3:4", "90000:1", "1:99999999999999999999"] {
      #expect(QuantileSketch(text: broken.utf8) == nil)
    }
  }

  @Test func fewDevicesAreCountedExactlyAndManyNearly() {
    func hash(_ number: UInt64) -> UInt64 {
      var random = SeededRandom(number &* 7_919)
      return random.next()
    }
    for count in [0, 1, 300, 2_048, 5_000, 60_000] as [UInt64] {
      var whole = DistinctCounter()
      var parts = [DistinctCounter](repeating: DistinctCounter(), count: 5)
      for number in 0..<count {
        for _ in 0..<2 { whole.add(hash(number)) }
        parts[Int(number % 5)].add(hash(number))
        parts[Int(number % 3)].add(hash(number))
      }
      var merged = DistinctCounter()
      for part in parts { merged.merge(part) }
      #expect(merged.estimate == whole.estimate)
      let error = abs(Double(whole.estimate) - Double(count))
      #expect(count <= 2_048 ? error == 0 : error <= 0.02 * Double(count))
    }
  }
}
