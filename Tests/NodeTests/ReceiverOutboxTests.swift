import Foundation
import Primitives
import Testing

@testable import Node

@Suite struct ReceiverOutboxTests {
  private func delivery(_ id: String, order: String? = nil, created: UnixNanos = 0) -> OutboxDelivery {
    OutboxDelivery(id: id, created: created, order: order ?? id, body: "{\"id\":\"\(id)\",\"m\":\"Mưa\\n\"}")
  }

  private static let single = OutboxGathering()

  private func next(
    _ outbox: ReceiverOutbox, _ gathering: OutboxGathering = single, now: UnixNanos? = nil, at nanos: Int64 = 0
  ) -> String? {
    outbox.next(gathering, nowNanos: now ?? nanos, monotonicNanos: nanos).batch?.id
  }

  /// What is due is taken, or is not.
  private func settle(_ outbox: ReceiverOutbox, _ id: String, failure: String? = nil) {
    let batch = OutboxBatch(id: id, deliveries: [delivery(id)])
    outbox.settle(batch, failure.map { .failed($0) } ?? .taken(batch), monotonicNanos: 0)
  }

  @Test func whatIsAddedSurvivesUntilItIsDelivered() throws {
    let scratch = try ScratchDirectory()
    let first = try ReceiverOutbox(directory: scratch.path)
    try first.add([delivery("a"), delivery("b"), delivery("c")])
    #expect(next(first) == nil)
    first.release()
    #expect(next(first) == "a")
    settle(first, "a")
    // Another process goes on, and sends nothing before it is let.
    let second = try ReceiverOutbox(directory: scratch.path)
    #expect(next(second) == nil)
    #expect(second.facts.pending == 2)
    // What is there already is not taken twice.
    try second.add([delivery("b")])
    second.release()
    #expect(second.facts.pending == 2)
    #expect(second.next(Self.single, nowNanos: 0, monotonicNanos: 0).batch?.deliveries == [delivery("b")])
    settle(second, "b")
    // Nor what was delivered lately.
    try second.add([delivery("b")])
    second.release()
    #expect(next(second) == "c")
    settle(second, "c")
    #expect(scratch.names == [])
    #expect(second.facts.delivered == 2)
  }

  @Test func oneThatFailsHoldsUpOnlyWhatFollowsOnIt() throws {
    let scratch = try ScratchDirectory()
    let outbox = try ReceiverOutbox(directory: scratch.path)
    try outbox.add([delivery("a1", order: "a"), delivery("a2", order: "a"), delivery("b1", order: "b")])
    outbox.release()
    #expect(next(outbox) == "a1")
    settle(outbox, "a1", failure: "it answered 500")
    #expect(next(outbox) == "b1")
    settle(outbox, "b1")
    let wait = outbox.next(Self.single, nowNanos: 0, monotonicNanos: 0)
    #expect(wait.batch == nil)
    #expect((Nanos.perSecond / 2...Nanos.perSecond).contains(wait.waitNanos))
    #expect(next(outbox, at: Nanos.perSecond) == "a1")
    settle(outbox, "a1")
    #expect(next(outbox) == "a2")
    #expect(outbox.facts.failures == 1)
  }

  @Test func pausesDoubleUpToFiveMinutes() throws {
    let scratch = try ScratchDirectory()
    let outbox = try ReceiverOutbox(directory: scratch.path)
    try outbox.add([delivery("a"), delivery("b")])
    outbox.release()
    settle(outbox, "b")
    for attempt in 0..<30 {
      settle(outbox, "a", failure: "")
      // A wait is a minute at the most; the pause itself is found by when it is due.
      let pause = min(Nanos.perSecond << Int64(min(attempt, 20)), 5 * Nanos.perMinute)
      #expect(outbox.next(Self.single, nowNanos: 0, monotonicNanos: pause / 2 - 1).batch == nil)
      #expect(outbox.next(Self.single, nowNanos: 0, monotonicNanos: pause).batch?.id == "a")
    }
  }

  @Test func whatIsADayOldIsGivenUpByName() throws {
    let scratch = try ScratchDirectory()
    let outbox = try ReceiverOutbox(directory: scratch.path)
    try outbox.add([delivery("old", created: 0), delivery("new", created: Nanos.perDay)])
    outbox.release()
    #expect(outbox.next(Self.single, nowNanos: 1, monotonicNanos: 0).batch?.id == "old")
    // A clock that is set wrong makes nothing old.
    #expect(outbox.next(Self.single, nowNanos: 4_000 * Nanos.perDay, monotonicNanos: Nanos.perHour).batch?.id == "old")
    #expect(outbox.facts.givenUp[.expired] == nil)
    #expect(outbox.next(Self.single, nowNanos: Nanos.perDay + 1, monotonicNanos: Nanos.perDay + 1).batch?.id == "new")
    #expect(outbox.facts.givenUp[.expired] == 1)
    #expect(outbox.facts.pending == 1)
  }

  @Test func moreThanMayWaitAreGivenUpFromTheOldestOn() throws {
    let scratch = try ScratchDirectory()
    let outbox = try ReceiverOutbox(directory: scratch.path)
    try outbox.add((0..<Limits.outboxEntries + 5).map { delivery("d\($0)") })
    outbox.release()
    #expect(outbox.facts.pending == Limits.outboxEntries)
    #expect(outbox.facts.givenUp[.overflow] == 5)
    #expect(next(outbox) == "d5")
    // Those given up do not come back.
    #expect(try ReceiverOutbox(directory: scratch.path).facts.pending == Limits.outboxEntries)
  }

  @Test func tornEndsAreNothingAndDamageIsCounted() throws {
    let scratch = try ScratchDirectory()
    let outbox = try ReceiverOutbox(directory: scratch.path)
    try outbox.add([delivery("a")])
    try outbox.add([delivery("b")])
    try outbox.add([delivery("c")])
    let name = try #require(scratch.names.first)
    var bytes = try scratch.read(name)
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    // A bit of the second line turns, and the last one is cut.
    bytes[lines[1].startIndex + 20] ^= 1
    bytes.removeLast(5)
    try bytes.write(to: URL(fileURLWithPath: scratch.path + "/" + name))
    let again = try ReceiverOutbox(directory: scratch.path)
    #expect(again.facts.pending == 1)
    #expect(again.facts.givenUp[.damaged] == 1)
    again.release()
    #expect(next(again) == "a")
    // What comes later is not appended to the torn end.
    try again.add([delivery("d")])
    #expect(try ReceiverOutbox(directory: scratch.path).facts.pending == 2)
  }

  // MARK: groups

  private static let group = OutboxGathering(windowNanos: 30 * Nanos.perSecond)

  private func batch(
    _ outbox: ReceiverOutbox, _ gathering: OutboxGathering = group, at nanos: Int64
  ) -> OutboxBatch? {
    outbox.next(gathering, nowNanos: nanos, monotonicNanos: nanos).batch
  }

  @Test func theFirstOfManyWaitsForOthers() throws {
    let scratch = try ScratchDirectory()
    let outbox = try ReceiverOutbox(directory: scratch.path)
    let second = Nanos.perSecond
    try outbox.add([delivery("a", created: 0), delivery("b", created: 0)])
    outbox.release()
    #expect(batch(outbox, at: second) == nil)
    #expect(outbox.next(Self.group, nowNanos: second, monotonicNanos: second).waitNanos == 29 * second)
    try outbox.add([delivery("c", created: 20 * second)])
    // What is not noted as added waits for nobody.
    #expect(batch(outbox, at: 30 * second)?.deliveries.map(\.id) == ["a", "b"])
    outbox.release()
    let first = try #require(batch(outbox, at: 31 * second))
    #expect(first.deliveries.map(\.id) == ["a", "b"] && first.id == ReceiverOutbox.groupID(["a", "b"]))
    // While it fails, nothing overtakes it, and its id stays.
    outbox.settle(first, .failed("it answered 500"), monotonicNanos: 31 * second)
    #expect(batch(outbox, at: 31 * second) == nil)
    #expect(batch(outbox, at: 90 * second) == first)
    outbox.settle(first, .taken(first), monotonicNanos: 90 * second)
    #expect(batch(outbox, at: 90 * second)?.deliveries.map(\.id) == ["c"])
    #expect(outbox.facts.delivered == 2)
  }

  @Test func aGroupIsTheSameAfterAKill() throws {
    let scratch = try ScratchDirectory()
    let outbox = try ReceiverOutbox(directory: scratch.path)
    try outbox.add([delivery("a"), delivery("b")])
    outbox.release()
    let first = try #require(batch(outbox, at: 30 * Nanos.perSecond))
    // It was taken, and the node was killed before it knew; others came meanwhile.
    let again = try ReceiverOutbox(directory: scratch.path)
    try again.add([delivery("c", created: 40 * Nanos.perSecond)])
    again.release()
    #expect(batch(again, at: 41 * Nanos.perSecond) == first)
    again.settle(first, .taken(first), monotonicNanos: 0)
    let last = try ReceiverOutbox(directory: scratch.path)
    last.release()
    #expect(last.facts.pending == 1)
    // The window is the wall clock's too: a restart does not begin it anew.
    #expect(batch(last, at: 70 * Nanos.perSecond)?.deliveries.map(\.id) == ["c"])
  }

  @Test func aGroupHasItsBounds() throws {
    let scratch = try ScratchDirectory()
    let outbox = try ReceiverOutbox(directory: scratch.path)
    let count = Limits.groupNotices + 3
    try outbox.add((0..<count).map { delivery("d\($0)") })
    outbox.release()
    // So many wait for no more.
    let first = try #require(batch(outbox, at: 1))
    #expect(first.deliveries.count == Limits.groupNotices)
    outbox.settle(first, .taken(first), monotonicNanos: 1)
    #expect(batch(outbox, at: 1) == nil)
    #expect(batch(outbox, at: 30 * Nanos.perSecond)?.deliveries.map(\.id) == ["d500", "d501", "d502"])
    let large = String(repeating: "x", count: Limits.groupBytes * 2 / 3)
    try outbox.add(["e", "f"].map { OutboxDelivery(id: $0, created: 0, order: $0, body: large) })
    outbox.release()
    let others = OutboxGathering(windowNanos: 0, isStrict: false)
    let third = try #require(batch(outbox, others, at: 30 * Nanos.perSecond))
    outbox.settle(third, .taken(third), monotonicNanos: 0)
    #expect(batch(outbox, others, at: 30 * Nanos.perSecond)?.deliveries.map(\.id) == ["e"])
  }

  @Test func whoWasToldOfSeveralIsKept() throws {
    let scratch = try ScratchDirectory()
    let outbox = try ReceiverOutbox(directory: scratch.path)
    try outbox.add([delivery("a", order: "o"), delivery("b", order: "o"), delivery("c")])
    outbox.release()
    let gathering = OutboxGathering(isStrict: false)
    let first = try #require(batch(outbox, gathering, at: 0))
    outbox.settle(
      first,
      SendOutcome(doneParts: ["x@a.vn"], failure: "y@a.vn: later", remarks: ["z@a.vn": "z@a.vn is refused"]),
      monotonicNanos: 0)
    #expect(outbox.facts.remarks == ["z@a.vn": "z@a.vn is refused"] && outbox.facts.fault == "y@a.vn: later")
    // What is about something else goes on meanwhile.
    #expect(batch(outbox, gathering, at: 0)?.id == "c")
    let again = try ReceiverOutbox(directory: scratch.path)
    again.release()
    #expect(batch(again, gathering, at: 0)?.doneParts == ["x@a.vn"])
    outbox.hurry()
    #expect(batch(outbox, gathering, at: 0)?.id == "a" && outbox.facts.remarks.isEmpty)
    // What will never be taken is given up by name.
    outbox.settle(first, SendOutcome(refused: first.ids), monotonicNanos: 0)
    #expect(outbox.facts.givenUp[.refused] == 1 && outbox.facts.pending == 2)
    outbox.note(fault: "cannot tell")
    #expect(outbox.facts.fault == "cannot tell")
  }
}
