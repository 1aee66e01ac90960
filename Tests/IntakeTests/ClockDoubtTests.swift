import Primitives
import Registry
import Sys
import Telemetry
import Testing
@testable import Protocols

/// A clock that is not believed makes no honest row an expired one.
@Suite struct ClockDoubtTests {
  private static let right = UnixNanos(1_795_186_800) * Nanos.perSecond

  /// How many rows a lane takes and refuses of a device that says when it measured, while the clock jumps.
  private static func counts(
    jump: Int64, believed: (@Sendable (UnixNanos) -> UnixNanos)?
  ) -> (written: UInt64, expired: UInt64) {
    let listener = ListenerSettings(
      name: "line", telemetryProtocol: .line, address: SocketAddress(SourceAddress(ipv4: 0x7F00_0001, port: 1)))
    let batch = Batch(listenerCount: 1)
    let bounds = TimeBounds(
      futureNanos: Nanos.perDay, readingsAgeNanos: 400 * Nanos.perDay, eventsAgeNanos: 400 * Nanos.perDay,
      believed: believed)
    var pipeline = LanePipeline(
      listeners: [listener], bounds: bounds, admission: Admission(registry: .empty, knownOnly: false), seed: 1)
    pipeline.begin(batch, segment: 1)
    let source = SourceAddress(ipv4: 0x0A01_0001, port: 9)
    for second in 0..<4 as Range<Int64> {
      let truth = right + second * Nanos.perSecond
      let arrival = second < 2 ? truth : truth + jump
      let old = truth - 399 * Nanos.perDay
      let tooOld = truth - 401 * Nanos.perDay
      let text = "m,device=d v=1 \(truth)\nm,device=d v=1 \(old)\nm,device=d v=1 \(tooOld)\n"
      _ = pipeline.take(
        Array(text.utf8).span.bytes,
        LanePipeline.Arrival(
          listener: 0, source: source, destination: source, nanos: arrival, monotonicNanos: truth))
    }
    return (batch.rowCounts[0], batch.counts[0].rejectedRows[Int(RejectReason.expired.rawValue)])
  }

  @Test func aClockThatIsBelievedDecides() {
    let still = Self.counts(jump: 0, believed: nil)
    let jumped = Self.counts(jump: 500 * Nanos.perDay, believed: nil)
    #expect(still.written == 8 && still.expired == 4)
    #expect(jumped.written == 4 && jumped.expired == 8)
  }

  /// What was taken before the jump is taken after it, and nothing else: at once, with the first datagram.
  @Test(arguments: [500, 36_500] as [Int64])
  func aClockThatJumpedRefusesNothingMore(days: Int64) {
    let right = Self.right
    let counts = Self.counts(jump: days * Nanos.perDay) { now in
      now - right > Nanos.perDay ? now - days * Nanos.perDay : now
    }
    #expect(counts.written == 8 && counts.expired == 4)
  }
}
