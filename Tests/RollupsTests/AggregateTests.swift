import Mutation
import Primitives
import Rollups
import Testing

@Suite struct AggregateTests {
  @Test(arguments: ["count", "sum", "avg", "min", "max", "first", "last", "stddev", "p1", "p50", "p95", "p99", "p99.9"])
  func namesComeBack(name: String) throws {
    #expect(try #require(Aggregate(name: name)).name == name)
  }

  @Test(arguments: ["", "mean", "p", "p0", "p100", "p-5", "p5.", "p99.99", "p99.0", "P50", "p+5"])
  func unknownNamesAreRefused(name: String) {
    #expect(Aggregate(name: name) == nil)
  }

  @Test func nearestRankIsTheSmallestValueThatEnoughDoNotExceed() {
    var random = SeededRandom(4)
    for count in 1...60 {
      let values = (0..<count).map { _ in Double(Int.random(in: 0...40, using: &random)) }.sorted()
      for thousandths in [1, 10, 250, 500, 900, 950, 990, 999] {
        let wanted = values.first { value in
          values.count { $0 <= value } * 1_000 >= thousandths * count
        }
        #expect(Aggregate.nearestRank(thousandths: thousandths, of: values) == wanted)
      }
    }
    #expect(Aggregate.nearestRank(thousandths: 500, of: [Double]()) == nil)
  }
}
