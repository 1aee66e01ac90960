import Primitives
import Testing

@testable import Intake

@Suite struct SequenceWindowTests {
  /// Places all numbers; the window after them, and how many were late or doubled.
  private func run(_ numbers: [Int]) -> (lost: Int64, late: Int, doubled: Int, far: Int) {
    var window = SequenceWindow(first: UInt16(truncatingIfNeeded: numbers[0]))
    var (late, doubled, far) = (0, 0, 0)
    for number in numbers.dropFirst() {
      switch window.place(UInt16(truncatingIfNeeded: number), afterPause: false) {
      case .ahead: break
      case .late: late += 1
      case .duplicate: doubled += 1
      case .far: far += 1
      }
    }
    return (window.lost, late, doubled, far)
  }

  @Test func inOrderOverManyWraps() {
    #expect(run(Array(0..<300_000)) == (0, 0, 0, 0))
  }

  @Test func lateBeforeAWrapIsNoCycle() {
    #expect(run([65_533, 65_534, 65_536, 65_535, 65_537]) == (0, 1, 0, 0))
    #expect(run([65_530, 65_540, 65_531]) == (8, 1, 0, 0))
  }

  @Test func lateBeforeTheFirst() {
    #expect(run([5, 4, 3, 6]) == (0, 2, 0, 0))
    #expect(run([0, 65_535, 1]) == (0, 1, 0, 0))
  }

  @Test func doubledAreNotLost() {
    #expect(run([1, 2, 2, 2, 3, 3, 5, 5]) == (1, 0, 4, 0))
  }

  @Test func aSenderThatBeginsAnew() {
    // One stray packet is nothing; two in a row are a new beginning, and the loss of before stays.
    #expect(run([10, 11, 13, 40_000, 14, 15]) == (1, 0, 0, 1))
    #expect(run([10, 11, 13, 40_000, 40_001, 40_002, 40_004]) == (2, 0, 0, 1))
  }

  /// Against a set, for random losses, doubles and orders within 100.
  @Test func agreesWithASet() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let start = Int.random(in: 60_000..<66_000, using: &random)
      var sent: [(key: Double, number: Int)] = []
      for number in start..<start + 2_000 {
        if Double.random(in: 0..<1, using: &random) < 0.1 && number != start && number != start + 1_999 { continue }
        let copies = Double.random(in: 0..<1, using: &random) < 0.1 ? 2 : 1
        for _ in 0..<copies { sent.append((Double(number) + .random(in: 0..<60, using: &random), number)) }
      }
      let order = sent.sorted { $0.key < $1.key }.map(\.number)
      let distinct = Set(order)
      let found = run(order)
      #expect(found.lost == Int64(distinct.max()! - distinct.min()! + 1 - distinct.count))
      #expect(found.doubled == order.count - distinct.count && found.far == 0)
    }
  }
}

@Suite struct StreamClockTests {
  @Test func steadyStreamsHaveNoJitter() throws {
    var clock = StreamClock(rate: 8_000, arrival: 0, timestamp: UInt32.max - 1_000)
    for index in 1..<500 {
      clock.take(
        arrival: Int64(index) * 20 * Nanos.perMillisecond, timestamp: (UInt32.max - 1_000) &+ UInt32(index * 160))
    }
    #expect(try #require(clock.jitterMillis) < 1e-6)
  }

  /// RFC 3550 section A.8, done plainly.
  @Test func agreesWithTheDefinition() throws {
    var random = SystemRandomNumberGenerator()
    var clock = StreamClock(rate: 90_000, arrival: 0, timestamp: 0)
    var jitter = 0.0
    var transit = 0.0
    for index in 1..<1_000 {
      let arrival =
        Int64(index) * 40 * Nanos.perMillisecond + .random(in: 0..<Nanos.perMillisecond * 15, using: &random)
      clock.take(arrival: arrival, timestamp: UInt32(index * 3_600))
      let now = Double(arrival) * 90_000 / 1e9 - Double(index * 3_600)
      jitter += ((now - transit).magnitude - jitter) / 16
      transit = now
    }
    #expect((try #require(clock.jitterMillis) - jitter / 90).magnitude < 1e-6)
  }

  @Test(arguments: [8_000, 16_000, 44_100, 48_000, 90_000])
  func ratesAreFoundOut(rate: Int) {
    var clock = StreamClock(rate: 0, arrival: 0, timestamp: 77)
    for index in 1..<100 {
      clock.take(arrival: Int64(index) * 40 * Nanos.perMillisecond, timestamp: 77 &+ UInt32(index * rate / 25))
    }
    #expect(clock.rate == rate && clock.isEstimated)
  }

  @Test func whatNoCodecUsesIsNotBelieved() {
    var clock = StreamClock(rate: 0, arrival: 0, timestamp: 0)
    for index in 1..<1_000 {
      clock.take(arrival: Int64(index) * Nanos.perMillisecond * 40, timestamp: UInt32(index * 7))
    }
    #expect(clock.rate == 0 && clock.jitterMillis == nil)
  }
}
