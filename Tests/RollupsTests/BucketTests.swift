import Mutation
import Primitives
import Rollups
import Testing

@Suite struct BucketTests {
  struct Reading {
    var hundredths: Int64
    var time: UnixNanos
    var value: Double { Double(hundredths) / 100 }
  }

  static func readings(_ count: Int, seed: UInt64) -> [Reading] {
    var random = SeededRandom(seed)
    return (0..<count).map { _ in
      Reading(hundredths: .random(in: -100_000...100_000, using: &random), time: .random(in: 0...500, using: &random))
    }
  }

  static func bucket(_ readings: some Sequence<Reading>) -> Bucket {
    var bucket = Bucket()
    for reading in readings { bucket.add(reading.value, at: reading.time) }
    return bucket
  }

  static func agree(_ a: Bucket, _ b: Bucket) -> Bool {
    a.count == b.count && a.min == b.min && a.max == b.max && a.first == b.first && a.last == b.last
      && a.firstTime == b.firstTime && a.lastTime == b.lastTime && abs(a.sum - b.sum) <= 1e-9 * max(1, abs(b.sum))
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func aBucketIsWhatItsReadingsAddUpTo(seed: UInt64) throws {
    let readings = Self.readings(Int(seed) * 37, seed: seed)
    let bucket = Self.bucket(readings)
    #expect(bucket.count == Int64(readings.count))
    let exact = Double(readings.reduce(0) { $0 + $1.hundredths }) / 100
    #expect(abs(bucket.sum - exact) <= 1e-12 * max(1, abs(exact)))
    #expect(bucket.min == readings.map(\.value).min() && bucket.max == readings.map(\.value).max())
    let times = readings.map(\.time)
    let earliest = try #require(times.min())
    let latest = try #require(times.max())
    #expect(bucket.firstTime == earliest && bucket.lastTime == latest)
    // Of several at one instant the first that came, and the last.
    #expect(bucket.first == readings.first { $0.time == earliest }?.value)
    #expect(bucket.last == readings.last { $0.time == latest }?.value)
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func mergingInAnyOrderIsOnePass(seed: UInt64) {
    var random = SeededRandom(seed)
    // No two at one instant: of those it is asked which came first.
    let readings = Self.readings(400, seed: seed).enumerated().map {
      Reading(hundredths: $1.hundredths, time: Int64($0))
    }
    var pieces: [Bucket] = []
    var rest = readings.shuffled(using: &random)[...]
    while !rest.isEmpty {
      let piece = rest.prefix(.random(in: 0...90, using: &random))
      pieces.append(Self.bucket(piece))
      rest = rest.dropFirst(piece.count)
    }
    while pieces.count > 1 {
      let taken = pieces.remove(at: .random(in: pieces.indices, using: &random))
      pieces[.random(in: pieces.indices, using: &random)].merge(taken)
    }
    #expect(Self.agree(pieces[0], Self.bucket(readings)))
  }

  @Test func sumsKeepWhatRoundingWouldLose() {
    var bucket = Bucket()
    for value in [1e16, 3.25, -1e16] { bucket.add(value, at: 0) }
    #expect(bucket.sum == 3.25)
    var small = Bucket()
    for index in 0..<1_000_000 { small.add(0.1, at: Int64(index)) }
    #expect(abs(small.sum - 100_000) < 1e-9)
  }

  @Test func whatIsNoNumberIsLeftOut() {
    var bucket = Bucket()
    for value in [Double.nan, .infinity, -.infinity] { bucket.add(value, at: 3) }
    #expect(bucket.isEmpty && bucket.average.isNaN)
    bucket.add(4, at: 9)
    #expect(bucket.count == 1 && bucket.sum == 4 && bucket.first == 4 && bucket.last == 4 && bucket.firstTime == 9)
    bucket.merge(Bucket())
    #expect(bucket.count == 1 && bucket.min == 4 && bucket.max == 4)
  }

  @Test func aStoredBucketIsTheBucketAgain() {
    let bucket = Self.bucket(Self.readings(50, seed: 9))
    let again = Bucket(
      count: bucket.count, total: bucket.total, min: bucket.min, max: bucket.max, first: bucket.first,
      firstTime: bucket.firstTime, last: bucket.last, lastTime: bucket.lastTime)
    #expect(Self.agree(bucket, again))
  }
}
