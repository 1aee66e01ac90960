import Primitives
import Testing

@testable import Fleet

struct DatagramPacerTests {
  /// A clock that goes by odd steps: over ten seconds the rate is exact to the datagram.
  @Test(arguments: [1, 3, 7, 1_000, 48_611, 1_000_000])
  func isExactOverTime(rate: Int) {
    var now: Int64 = 5_000_000_123
    var pacer = DatagramPacer(rate: rate, burst: 100_000, nowNanos: now)
    let end = now + 10 * Nanos.perSecond
    var sent = 0
    while now < end {
      now = min(end, now + 777_777)
      let granted = pacer.granted(nowNanos: now)
      pacer.take(granted)
      sent += granted
    }
    #expect(sent == 10 * rate)
  }

  @Test func doesNotMakeUpForALongPause() {
    var pacer = DatagramPacer(rate: 1_000, burst: 50, nowNanos: 0)
    #expect(pacer.granted(nowNanos: 3_600 * Nanos.perSecond) == 50)
    pacer.take(50)
    #expect(pacer.granted(nowNanos: 3_600 * Nanos.perSecond + Nanos.perMillisecond) == 1)
  }

  @Test func saysHowLongToWait() {
    var pacer = DatagramPacer(rate: 3, burst: 10, nowNanos: 0)
    #expect(pacer.granted(nowNanos: 0) == 0)
    #expect(pacer.waitNanos == 333_333_334)
    #expect(pacer.granted(nowNanos: 333_333_333) == 0)
    #expect(pacer.waitNanos == 1)
    #expect(pacer.granted(nowNanos: 333_333_334) == 1)
    #expect(pacer.waitNanos == 0)
  }

  @Test func neverGoesBackwards() {
    var pacer = DatagramPacer(rate: 1_000, burst: 10, nowNanos: Nanos.perSecond)
    #expect(pacer.granted(nowNanos: 0) == 0)
    #expect(pacer.granted(nowNanos: Nanos.perSecond + 5 * Nanos.perMillisecond) == 5)
  }

  @Test func letsEverythingGoWithoutARate() {
    var pacer = DatagramPacer(rate: nil, burst: 1, nowNanos: 0)
    #expect(pacer.granted(nowNanos: 0) == Int.max)
    pacer.take(1_000_000)
    #expect(pacer.granted(nowNanos: 0) == Int.max && pacer.waitNanos == 0)
  }
}
