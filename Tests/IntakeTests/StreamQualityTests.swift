import Primitives
import Testing
@testable import Protocols

@Suite struct SequenceWindowTests {
  /// Places all numbers; the window after them, and how many were late or doubled.
  private func run(_ numbers: [Int]) -> (lost: Int64, late: Int, doubled: Int, far: Int) {
    var window = SequenceWindow(first: UInt16(truncatingIfNeeded: numbers[0]))
    var (late, doubled, far) = (0, 0, 0)
    var newest = numbers[0]
    for number in numbers.dropFirst() {
      // Far from the newest, a timestamp is none of its half minute.
      let isFar = Int16(truncatingIfNeeded: number - newest).magnitude > 10_000
      let apart = SequenceWindow.Apart(timestampStep: isFar ? .max : 0)
      switch window.place(UInt16(truncatingIfNeeded: number), apart) {
      case .ahead, .anew: newest = number
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

  /// Late by far more than a network's disorder, alone or in bursts: never a new beginning while others follow in order.
  @Test(arguments: [1, 2, 20], [130, 200, 700, 1_900])
  func veryLateBursts(count: Int, behind: Int) {
    let numbers = Array(0..<5_000)
    var order = numbers
    order.removeSubrange(1_000..<1_000 + count)
    order.insert(contentsOf: 1_000..<1_000 + count, at: 1_000 + behind)
    #expect(run(order) == (0, count, 0, 0))
  }

  /// What is older than all that is known fills a gap if there is one, and is a double if not.
  @Test func olderThanAllThatIsKnown() {
    #expect(run(Array(0..<10) + Array(11..<4_000) + [10] + Array(4_000..<4_010)) == (0, 1, 0, 0))
    #expect(run(Array(0..<4_000) + [10] + Array(4_000..<4_010)) == (0, 0, 1, 0))
  }

  /// More missing than there was time for is a sender that began anew; as many as there was time for are lost.
  @Test func lossHasToBeExplained() {
    for (seconds, lost) in [(Int64(2), Int64(0)), (120, 19_999)] {
      var window = SequenceWindow(first: 100)
      for number in 101..<200 { _ = window.place(UInt16(number), SequenceWindow.Apart()) }
      for number in 20_199..<20_300 {
        _ = window.place(
          UInt16(number),
          SequenceWindow.Apart(timestampStep: 9_000, sinceNanos: seconds * Nanos.perSecond, mostPackets: 90))
      }
      #expect(window.lost == lost)
    }
  }

  /// Numbers begin some hundred lower, with other timestamps: no doubles, a new beginning.
  @Test func aSenderThatBeginsAnewNearby() {
    var window = SequenceWindow(first: 1_000)
    for number in 1_001..<2_000 { _ = window.place(UInt16(number), SequenceWindow.Apart()) }
    #expect(window.place(1_500, SequenceWindow.Apart(timestampStep: 1_000_000_000)) == .far)
    #expect(window.place(1_501, SequenceWindow.Apart(timestampStep: 1_000_003_600)) == .anew)
    #expect(window.place(1_502, SequenceWindow.Apart()) == .ahead(missing: 0) && window.lost == 0)
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

  /// Pictures that are stamped hours away, now and then, say nothing of the network; a sender that goes on from there does.
  @Test func straysAreNoJitter() throws {
    var clock = StreamClock(rate: 90_000, arrival: 0, timestamp: 0)
    for index in 1..<500 {
      let stray: UInt32 = index % 50 == 0 ? 1_234_567_890 : 0
      for _ in 0..<3 {
        clock.take(arrival: Int64(index) * 40 * Nanos.perMillisecond, timestamp: UInt32(index * 3_600) &+ stray)
      }
    }
    #expect(try #require(clock.largestJitterMillis) < 5)
    for index in 500..<600 {
      clock.take(arrival: Int64(index) * 40 * Nanos.perMillisecond, timestamp: UInt32(index * 3_600) &+ 77_000_000)
    }
    #expect(try #require(clock.jitterMillis) < 5)
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
