@testable import Node
import Primitives
import Telemetry
import Testing

@Suite struct ShedWatchTests {
  static func ledger(_ shed: [ShedReason: UInt64]) -> LedgerSnapshot {
    var counts = LedgerCounts()
    for (reason, count) in shed { counts.shed[Int(reason.rawValue)] = count }
    return LedgerSnapshot(listeners: [
      LedgerSnapshot.Listener(name: "line", protocolName: "line", reasons: [], counts: counts)
    ])
  }

  @Test func aReasonIsToldUntilAMinuteAfterItRoseLast() {
    let watch = ShedWatch()
    let second = Nanos.perSecond
    #expect(watch.complaints(of: Self.ledger([:]), at: 0).isEmpty)
    #expect(watch.complaints(of: Self.ledger([.diskFull: 5]), at: second) == ["sheds rows: 5 lately, as disk_full"])
    // It rests, and is told all the same.
    #expect(watch.complaints(of: Self.ledger([.diskFull: 5]), at: 30 * second).count == 1)
    let both = Self.ledger([.diskFull: 7, .tableLimit: 1])
    #expect(
      watch.complaints(of: both, at: 40 * second).sorted() == [
        "sheds rows: 1 lately, as table_limit", "sheds rows: 7 lately, as disk_full",
      ])
    #expect(watch.complaints(of: both, at: 99 * second).count == 2)
    #expect(watch.complaints(of: both, at: 101 * second).isEmpty)
    #expect(watch.complaints(of: both, at: 200 * second).isEmpty)
  }
}
