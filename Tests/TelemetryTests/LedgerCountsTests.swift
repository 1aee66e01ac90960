import Telemetry
import Testing

@Suite struct LedgerCountsTests {
  private func counts() -> LedgerCounts {
    var counts = LedgerCounts()
    counts.received = 5
    counts.decoded = 3
    counts.rejected[Int(RejectReason.tooManyTags.rawValue)] = 2
    counts.rows = 6
    counts.events = 1
    counts.readings = 20
    counts.stored = 4
    counts.duplicate = 1
    counts.shed[Int(ShedReason.diskFull.rawValue)] = 2
    counts.rejectedRows[0] = 9
    counts.rejectedFields[1] = 8
    counts.kernelDropped = 7
    counts.clockAhead = 1
    counts.clockBehind = 2
    counts.trailingBytes = 3
    counts.timeCut = 4
    return counts
  }

  @Test func bothAccountsAreHeldAgainstEachOther() {
    var counts = counts()
    #expect(counts.isBalanced && counts.rejectedTotal == 2 && counts.shedTotal == 2)
    counts.received += 1
    #expect(!counts.isBalanced)
    counts.decoded += 1
    counts.stored += 1
    #expect(!counts.isBalanced)
    counts.events += 1
    #expect(counts.isBalanced)
  }

  @Test func sumsAreOfEveryCount() {
    var sum = counts()
    sum.add(counts())
    var twice = counts()
    sum.add(LedgerCounts())
    for field in [
      \LedgerCounts.received, \.kernelDropped, \.decoded, \.rows, \.events, \.readings, \.stored, \.duplicate,
      \.clockAhead, \.clockBehind, \.trailingBytes, \.timeCut,
    ] { twice[keyPath: field] *= 2 }
    for list in [\LedgerCounts.rejected, \.rejectedRows, \.rejectedFields, \.shed] {
      for index in twice[keyPath: list].indices { twice[keyPath: list][index] *= 2 }
    }
    #expect(sum == twice)
    sum.reset()
    #expect(sum == LedgerCounts())
  }

  /// A batch may take out more than it brought, in the sum of the batches it comes out even.
  @Test func whatIsPutOffIsCountedOnce() {
    var batch = LedgerCounts()
    batch.putOff(readings: 3, isEvent: false)
    batch.putOff(readings: 1, isEvent: true)
    var sum = counts()
    sum.add(batch)
    #expect(sum.rows == 5 && sum.events == 0 && sum.readings == 16)
    var settled = LedgerCounts()
    settled.settle(readings: 3, isEvent: false, isDoubled: false)
    settled.settle(readings: 1, isEvent: true, isDoubled: true)
    sum.add(settled)
    #expect(sum.rows == 6 && sum.events == 1 && sum.readings == 20 && sum.stored == 5 && sum.duplicate == 2)
  }

  @Test func aSnapshotBalancesIfEveryListenerDoes() {
    var wrong = LedgerCounts()
    wrong.received = 1
    let good = LedgerSnapshot.Listener(name: "a", protocolName: "line", reasons: [], counts: counts())
    let bad = LedgerSnapshot.Listener(name: "b", protocolName: "snmp", reasons: [], counts: wrong)
    let snapshot = LedgerSnapshot(listeners: [good, good])
    #expect(snapshot.isBalanced && snapshot.total.received == 10)
    #expect(!LedgerSnapshot(listeners: [good, bad]).isBalanced)
  }

  @Test func labelsAreWords() {
    #expect(ShedReason.diskFull.label == "disk_full")
    for labels in [RejectReason.shared.map(\.label), ShedReason.allCases.map(\.label)] {
      #expect(Set(labels).count == labels.count)
      for label in labels { #expect(label.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 }) }
    }
  }
}
