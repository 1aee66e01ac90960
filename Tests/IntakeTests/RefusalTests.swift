import Primitives
import Registry
import Sys
import Telemetry
import Testing

@testable import Intake
@testable import Protocols

/// Who was refused, and why, can be read afterwards; what remembers it is bounded.
@Suite struct RefusalTests {
  private static func host(_ number: Int, port: UInt16 = 40_000) -> SourceAddress {
    SourceAddress(ipv4: 0x0A01_0000 | UInt32(number), port: port)
  }

  @Test func refusalsAreCountedBySender() throws {
    let log = RefusalLog()
    var listener = ListenerSettings(
      name: "line", telemetryProtocol: .line, address: SocketAddress(SourceAddress(ipv4: 0x7F00_0001, port: 1)))
    listener.allow = [try #require(AddressBlock("10.1.0.0/16"))]
    let batch = Batch(listenerCount: 1)
    var pipeline = LanePipeline(
      listeners: [listener], bounds: TimeBounds(futureNanos: Nanos.perDay, readingsAgeNanos: nil, eventsAgeNanos: nil),
      admission: Admission(registry: .empty, knownOnly: false, refusals: log), seed: 1)
    pipeline.begin(batch, segment: 1)
    func take(_ text: String, _ source: SourceAddress, at second: Int64, _ pipeline: inout LanePipeline) {
      let nanos = second * Nanos.perSecond
      _ = pipeline.take(
        Array(text.utf8).span.bytes,
        LanePipeline.Arrival(
          listener: 0, source: source, destination: source, nanos: nanos, monotonicNanos: nanos))
    }
    for second in 1...5 { take("m v=x\(second)", Self.host(1, port: UInt16(second)), at: Int64(second), &pipeline) }
    take("m v=1\nm v=y\nm v=z\nm", Self.host(2), at: 6, &pipeline)
    take("m v=1", SourceAddress(ipv4: 0x0B00_0001, port: 9), at: 7, &pipeline)
    take("m v=1", Self.host(3), at: 8, &pipeline)
    pipeline.tellRefusals(monotonicNanos: 0, isLast: true)
    let told = log.all.map { "\($0.reason.label) \($0.address?.addressText ?? "-") \($0.count) \($0.sampleText)" }
    #expect(
      told == [
        "source_not_allowed 11.0.0.1 1 m v=1", "line_bad_value 10.1.0.2 2 m v=1\\x0am v=y\\x0am v=z\\x0am",
        "line_missing_fields 10.1.0.2 1 m v=1\\x0am v=y\\x0am v=z\\x0am", "line_bad_value 10.1.0.1 5 m v=x5",
      ] || told.count == 4 && Set(told).contains("line_bad_value 10.1.0.1 5 m v=x5"), "\(told)")
    #expect(log.all.map(\.last).first == 7 * Nanos.perSecond)
    // What a committer shed is nobody's alone.
    var counts = LedgerCounts()
    counts.shed[Int(ShedReason.diskFull.rawValue)] = 9
    log.noteShed(since: [LedgerCounts().shed], [counts], at: 10 * Nanos.perSecond)
    #expect(log.all[0].reason == .shed(.diskFull) && log.all[0].count == 9 && log.all[0].address == nil)
  }

  /// What a device says under the node's own name changes none of the node's figures.
  @Test func namesOfTheNodeAreRefused() {
    let listener = ListenerSettings(
      name: "line", telemetryProtocol: .line, address: SocketAddress(SourceAddress(ipv4: 0x7F00_0001, port: 1)))
    let batch = Batch(listenerCount: 1)
    var pipeline = LanePipeline(
      listeners: [listener], bounds: TimeBounds(futureNanos: Nanos.perDay, readingsAgeNanos: nil, eventsAgeNanos: nil),
      admission: Admission(registry: .empty, knownOnly: false, refusals: RefusalLog()), seed: 1)
    pipeline.begin(batch, segment: 1)
    let source = Self.host(1)
    for text in ["device_ledger,device=d duplicates=1i", "events,device=d v=1i", "m v=1\ndevice_ledger,device=e v=1i"] {
      _ = pipeline.take(
        Array(text.utf8).span.bytes,
        LanePipeline.Arrival(
          listener: 0, source: source, destination: source, nanos: Nanos.perSecond, monotonicNanos: Nanos.perSecond))
    }
    let counts = batch.counts[0]
    #expect(counts.decoded == 3 && counts.rows == 2)
    #expect(counts.rejectedRows[Int(RejectReason.reservedName.rawValue)] == 2)
  }

  @Test func whoComesOftenIsKept() {
    let log = RefusalLog()
    var notes = RefusalNotes(seed: 1)
    for number in 0..<20_000 {
      let nanos = Int64(number) * Nanos.perMillisecond
      let text = Array("bad".utf8)
      let source = SourceAddress(high: 0x2001 << 48, low: UInt64(number), port: 7)
      notes.note(isShed: false, 1, listener: 0, source: source, at: nanos, text.span.bytes)
      if number % 100 == 0 {
        notes.note(isShed: false, 2, listener: 0, source: Self.host(1), count: 3, at: nanos, text.span.bytes)
      }
      notes.tell(log, monotonicNanos: nanos)
    }
    notes.tell(log, monotonicNanos: 0, isLast: true)
    let all = log.all
    #expect(all.count <= Limits.refusals)
    #expect(all.first { $0.address == Self.host(1).withoutPort }?.count == 600)
    #expect(all.contains { $0.address?.low == 19_999 }, "the newest are there")
  }

  @Test func unknownSendersGrowOld() {
    let unknown = UnknownSenders()
    for number in 0..<20_000 {
      let nanos = Int64(number) * Nanos.perSecond
      if number % 100 == 0 { unknown.note("friend", source: Self.host(1), listener: "line", at: nanos) }
      unknown.note("flood-\(number)", source: Self.host(number), listener: "line", at: nanos)
    }
    let ids = Set(unknown.all.map(\.id))
    #expect(ids.count <= 4_096 && ids.contains("friend") && ids.contains("flood-19999") && !ids.contains("flood-0"))
    #expect(unknown.all.first { $0.id == "friend" }?.count == 200)
  }

  /// Answers go out in their order, and the memory of a busy time goes back though some always wait.
  @Test func pendingRepliesGiveMemoryBack() {
    var pending = PendingReplies()
    func reply(_ number: Int) -> PendingReplies.Entry {
      var arrival = LanePipeline.Arrival(
        listener: 0, source: Self.host(1), destination: Self.host(2), nanos: 0, monotonicNanos: 0)
      arrival.sequence = UInt64(number)
      return PendingReplies.Entry(owed: OwedReply(.snmp, of: arrival), socket: 0, local: nil)
    }
    for number in 0..<Limits.repliesPerBatch { pending.append(reply(number)) }
    #expect(pending.isFull)
    pending.beginBatch()
    #expect(!pending.isFull)
    let most = pending.capacity
    for number in 0..<500_000 {
      #expect(pending.first?.owed.sequence == UInt64(number))
      pending.removeFirst()
      pending.append(reply(number + Limits.repliesPerBatch))
    }
    #expect(pending.capacity <= 3 * most)
    while let first = pending.first, first.owed.sequence < 500_000 + UInt64(Limits.repliesPerBatch) - 10 {
      pending.removeFirst()
    }
    #expect(pending.first != nil && pending.capacity <= 4_096)
  }

  @Test func informs() {
    var informs = SNMPInforms(seed: 3)
    func ask(
      _ text: String, id: Int64 = 1, host: Int = 1, sender: String = "public", sequence: UInt64 = 5,
      _ informs: inout SNMPInforms
    ) -> SNMPInforms.Repetition {
      informs.repetition(
        Array(text.utf8).span.bytes, sender: Array(sender.utf8).span.bytes, requestID: id, source: Self.host(host),
        monotonicNanos: 1, sequence: sequence)
    }
    #expect(ask("a", &informs) == .none)
    // Until it is committed the first one is the one that is answered.
    #expect(ask("a", sequence: 6, &informs) == .pending)
    #expect(ask("b", &informs) == .none && ask("a", sender: "other", &informs) == .none)
    informs.noteCommit(5, isCommitted: true)
    #expect(ask("a", sequence: 7, &informs) == .committed)
    // A batch that failed takes its own informs with it and no others.
    #expect(ask("c", sequence: 8, &informs) == .none)
    informs.noteCommit(8, isCommitted: false)
    #expect(ask("c", sequence: 9, &informs) == .none && ask("a", sequence: 9, &informs) == .committed)
    for number in 0..<20_000 { _ = ask("flood", id: Int64(number), host: 77, sequence: 9, &informs) }
    let friends = (0..<40).filter { host in
      _ = ask("f", id: 9, host: 1_000 + host, sequence: 9, &informs)
      return true
    }
    for number in 0..<20_000 { _ = ask("more", id: Int64(number), host: 77, sequence: 9, &informs) }
    let kept = friends.filter { ask("f", id: 9, host: 1_000 + $0, sequence: 9, &informs) == .pending }
    #expect(kept.count >= 32, "one host's flood is in one of 64 shares")
  }

  @Test func portsThatTwoListenersTake() throws {
    func listener(_ text: String, _ last: UInt16? = nil) throws -> ListenerSettings {
      var settings = ListenerSettings(
        name: text, telemetryProtocol: .rtp, address: try #require(SocketAddress(text)))
      settings.ports = last.map { settings.address.port...$0 }
      return settings
    }
    let any = try listener("[::]:100")
    for other in ["[::]:100", "0.0.0.0:100", "10.0.0.1:100", "[::1]:100", "*:100"] {
      let twin = try listener(other)
      #expect(any.sharedPort(with: twin) == 100 && twin.sharedPort(with: any) == 100)
    }
    #expect(any.sharedPort(with: try listener("[::]:101")) == nil)
    #expect(try listener("0.0.0.0:100").sharedPort(with: listener("[::1]:100")) == nil)
    #expect(try listener("0.0.0.0:100").sharedPort(with: listener("127.0.0.1:100")) == 100)
    #expect(try listener("10.0.0.1:100").sharedPort(with: listener("10.0.0.2:100")) == nil)
    #expect(try listener("[::]:90", 110).sharedPort(with: any) == 100)
    #expect(try listener("[::]:90", 110).sharedPort(with: listener("[::]:105", 200)) == 105)
    #expect(try listener("[::]:0").sharedPort(with: listener("[::]:0")) == nil)
  }
}
