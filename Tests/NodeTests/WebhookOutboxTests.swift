import Foundation
import Primitives
import Testing

@testable import Node

@Suite struct WebhookOutboxTests {
  private func delivery(_ id: String, order: String? = nil, created: UnixNanos = 0) -> WebhookDelivery {
    WebhookDelivery(id: id, created: created, order: order ?? id, body: "{\"id\":\"\(id)\",\"m\":\"Mưa\\n\"}")
  }

  private func next(_ outbox: WebhookOutbox, at nanos: Int64 = 0) -> String? {
    outbox.next(nowNanos: nanos, monotonicNanos: nanos).delivery?.id
  }

  @Test func whatIsAddedSurvivesUntilItIsDelivered() throws {
    let scratch = try ScratchDirectory()
    let first = try WebhookOutbox(directory: scratch.path)
    try first.add([delivery("a"), delivery("b"), delivery("c")])
    #expect(next(first) == nil)
    first.release()
    #expect(next(first) == "a")
    first.finish("a")
    // Another process goes on, and sends nothing before it is let.
    let second = try WebhookOutbox(directory: scratch.path)
    #expect(next(second) == nil)
    #expect(second.facts.pending == 2)
    // What is there already is not taken twice.
    try second.add([delivery("b")])
    second.release()
    #expect(second.facts.pending == 2)
    #expect(second.next(nowNanos: 0, monotonicNanos: 0).delivery == delivery("b"))
    second.finish("b")
    // Nor what was delivered lately.
    try second.add([delivery("b")])
    second.release()
    #expect(next(second) == "c")
    second.finish("c")
    #expect(scratch.names == [])
    #expect(second.facts.delivered == 2)
  }

  @Test func oneThatFailsHoldsUpOnlyWhatFollowsOnIt() throws {
    let scratch = try ScratchDirectory()
    let outbox = try WebhookOutbox(directory: scratch.path)
    try outbox.add([delivery("a1", order: "a"), delivery("a2", order: "a"), delivery("b1", order: "b")])
    outbox.release()
    #expect(next(outbox) == "a1")
    outbox.postpone("a1", cause: "it answered 500", monotonicNanos: 0)
    #expect(next(outbox) == "b1")
    outbox.finish("b1")
    let wait = outbox.next(nowNanos: 0, monotonicNanos: 0)
    #expect(wait.delivery == nil)
    #expect((Nanos.perSecond / 2...Nanos.perSecond).contains(wait.waitNanos))
    #expect(next(outbox, at: Nanos.perSecond) == "a1")
    outbox.finish("a1")
    #expect(next(outbox) == "a2")
    #expect(outbox.facts.failures == 1)
  }

  @Test func pausesDoubleUpToFiveMinutes() throws {
    let scratch = try ScratchDirectory()
    let outbox = try WebhookOutbox(directory: scratch.path)
    try outbox.add([delivery("a"), delivery("b")])
    outbox.release()
    outbox.finish("b")
    for attempt in 0..<30 {
      outbox.postpone("a", cause: "", monotonicNanos: 0)
      // A wait is a minute at the most; the pause itself is found by when it is due.
      let pause = min(Nanos.perSecond << Int64(min(attempt, 20)), 5 * Nanos.perMinute)
      #expect(outbox.next(nowNanos: 0, monotonicNanos: pause / 2 - 1).delivery == nil)
      #expect(outbox.next(nowNanos: 0, monotonicNanos: pause).delivery?.id == "a")
    }
  }

  @Test func whatIsADayOldIsGivenUpByName() throws {
    let scratch = try ScratchDirectory()
    let outbox = try WebhookOutbox(directory: scratch.path)
    try outbox.add([delivery("old", created: 0), delivery("new", created: Nanos.perDay)])
    outbox.release()
    #expect(outbox.next(nowNanos: 1, monotonicNanos: 0).delivery?.id == "old")
    // A clock that is set wrong makes nothing old.
    #expect(outbox.next(nowNanos: 4_000 * Nanos.perDay, monotonicNanos: Nanos.perHour).delivery?.id == "old")
    #expect(outbox.facts.givenUp[.expired] == nil)
    #expect(outbox.next(nowNanos: Nanos.perDay + 1, monotonicNanos: Nanos.perDay + 1).delivery?.id == "new")
    #expect(outbox.facts.givenUp[.expired] == 1)
    #expect(outbox.facts.pending == 1)
  }

  @Test func moreThanMayWaitAreGivenUpFromTheOldestOn() throws {
    let scratch = try ScratchDirectory()
    let outbox = try WebhookOutbox(directory: scratch.path)
    try outbox.add((0..<Limits.outboxEntries + 5).map { delivery("d\($0)") })
    outbox.release()
    #expect(outbox.facts.pending == Limits.outboxEntries)
    #expect(outbox.facts.givenUp[.overflow] == 5)
    #expect(next(outbox) == "d5")
    // Those given up do not come back.
    #expect(try WebhookOutbox(directory: scratch.path).facts.pending == Limits.outboxEntries)
  }

  @Test func tornEndsAreNothingAndDamageIsCounted() throws {
    let scratch = try ScratchDirectory()
    let outbox = try WebhookOutbox(directory: scratch.path)
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
    let again = try WebhookOutbox(directory: scratch.path)
    #expect(again.facts.pending == 1)
    #expect(again.facts.givenUp[.damaged] == 1)
    again.release()
    #expect(next(again) == "a")
    // What comes later is not appended to the torn end.
    try again.add([delivery("d")])
    #expect(try WebhookOutbox(directory: scratch.path).facts.pending == 2)
  }
}
