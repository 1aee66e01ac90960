import Access
import Primitives
import Synchronization
import Sys
import Testing

@testable import Node

/// A receiver of the feed: what its kernel has, what its program has read.
final class FakeSOC: SOCTransport {
  struct State {
    var isUp = true
    var acknowledges = true
    var connections = 0
    var received: [UInt8] = []
    var failure: String?
  }

  struct Away: Error {}

  let state = Mutex(State())

  func open() throws -> any SOCConnection {
    try state.withLock { state in
      if !state.isUp { throw Away() }
      state.connections += 1
      state.failure = nil
    }
    return Connection(soc: self)
  }

  private struct Connection: SOCConnection {
    let soc: FakeSOC
    var failure: String? { soc.state.withLock { $0.failure } }
    var isAcknowledged: Bool { soc.state.withLock { $0.acknowledges } }
    func close() {}
    func send(_ bytes: [UInt8]) throws {
      try soc.state.withLock { state in
        if !state.isUp { throw Away() }
        state.received += bytes
      }
    }
  }

  /// What was received, taken apart as RFC 6587 says it.
  var messages: [String] {
    var rest = state.withLock { $0.received }[...]
    var messages: [String] = []
    while let blank = rest.firstIndex(of: 0x20), let count = Int(String(decoding: rest[..<blank], as: UTF8.self)) {
      messages.append(String(decoding: rest[(blank + 1)...].prefix(count), as: UTF8.self))
      rest = rest[(blank + 1)...].dropFirst(count)
    }
    return messages
  }
}

@Suite struct SOCTests {
  private let fixture = AuditFixture()
  private let soc = FakeSOC()

  private func feed() throws -> SOCFeed {
    try SOCFeed(
      SOCSettings(host: "soc.test", port: 6_514), node: AuditFixture.node, data: AuditFixture.data, transport: soc)
  }

  /// A log that hands its lines on.
  private func log(_ feed: SOCFeed) throws -> AuditLog {
    try FileSystem.createDirectories(AuditFixture.data)
    let catalogue = try fixture.open().catalogue
    return try AuditLog(catalogue, fixture.settings(), soc: feed)
  }

  /// Runs the sender for so long.
  private func send(_ feed: SOCFeed, _ state: inout SOCSender.State, seconds: Int64 = 3) {
    for _ in 0..<(seconds * 20) {
      while feed.sender.turn(&state) == 0 {}
      fixture.machine.advance(nanos: 50 * Nanos.perMillisecond)
    }
  }

  private func paths() -> [String] {
    soc.messages.compactMap { message in
      message.firstRange(of: "path=\"").flatMap { range in
        message[range.upperBound...].firstIndex(of: "\"").map { String(message[range.upperBound..<$0]) }
      }
    }
  }

  @Test func linesAreToldInTheirOrder() throws {
    try fixture.machine.run {
      let feed = try feed()
      let log = try log(feed)
      var state = SOCSender.State()
      fixture.append(log, "/1", "/2")
      send(feed, &state)
      fixture.append(log, "/3")
      log.seal()
      send(feed, &state)
      #expect(paths() == ["/1", "/2", "/3"] && feed.facts.pending == 0 && feed.facts.sent == 3)
      #expect(feed.faults.isEmpty && feed.facts.isConnected)
      // A start tells nothing twice that was acknowledged.
      let again = try self.feed()
      var second = SOCSender.State()
      let log2 = try self.log(again)
      fixture.append(log2, "/4")
      send(again, &second)
      #expect(paths() == ["/1", "/2", "/3", "/4"])
    }
  }

  @Test func whatIsNotAcknowledgedIsSentAgain() throws {
    try fixture.machine.run {
      let feed = try feed()
      let log = try log(feed)
      var state = SOCSender.State()
      fixture.append(log, "/1")
      send(feed, &state)
      soc.state.withLock { $0.acknowledges = false }
      fixture.append(log, "/2")
      send(feed, &state)
      #expect(feed.facts.pending == 1)
      soc.state.withLock { state in
        state.failure = "reset"
        state.acknowledges = true
      }
      send(feed, &state, seconds: 6)
      #expect(paths() == ["/1", "/2", "/2"] && feed.facts.pending == 0)
      // The kernel had it, and its program may not have read it.
      fixture.append(log, "/3")
      send(feed, &state, seconds: 1)
      soc.state.withLock { $0.failure = "reset" }
      send(feed, &state, seconds: 6)
      #expect(paths().last == "/3" && paths().count { $0 == "/3" } == 2)
    }
  }

  @Test func aReceiverThatIsAwayForAnHourMissesNothing() throws {
    try fixture.machine.run {
      var feed = try feed()
      var log = try log(feed)
      var state = SOCSender.State()
      soc.state.withLock { $0.isUp = false }
      for number in 0..<60 {
        fixture.append(log, "/\(number)")
        send(feed, &state, seconds: 1)
        fixture.machine.advance(nanos: Nanos.perMinute)
        log.seal()
        if number == 30 {
          // A kill in between.
          feed = try self.feed()
          log = try self.log(feed)
          state = SOCSender.State()
        }
      }
      #expect(paths().isEmpty && feed.facts.pending == 60 && feed.facts.failures > 0 && !feed.faults.isEmpty)
      soc.state.withLock { $0.isUp = true }
      send(feed, &state, seconds: 40)
      #expect(paths() == (0..<60).map { "/\($0)" } && feed.faults.isEmpty)
      #expect(feed.facts.pending == 0 && feed.facts.dropped == 0)
    }
  }

  /// A line that is durable when the process is killed is told, whether or not the outbox had it.
  @Test func aKillBetweenAuditAndOutboxCostsNothing() throws {
    try fixture.machine.run {
      let feed = try feed()
      let log = try log(feed)
      fixture.append(log, "/1")
      FaultInjection.with([.init(.write, .error(ErrorNumber.noSpace), path: DataDirectory(AuditFixture.data).soc)]) {
        fixture.append(log, "/2")
        // Not sealed before it is handed on.
        log.seal()
        #expect(!feed.faults.isEmpty)
      }
      let again = try self.feed()
      let log2 = try self.log(again)
      log2.turn()
      var state = SOCSender.State()
      send(again, &state)
      #expect(paths() == ["/1", "/2"])
      log2.seal()
      #expect(try fixture.problems().isEmpty && fixture.paths(log2) == ["/2", "/1"])
    }
  }

  @Test func messagesAreAsTheStandardHasThem() {
    var chain = AuditChain(node: "qn-01")
    let line = AuditLine(
      time: 1_795_186_800 * Nanos.perSecond + 1_500, name: "trạm\"]\\\n", address: "[::1]:9", method: "GET",
      path: "/v1/x", query: "", status: 403, rows: nil, bytes: 7, durationMicros: 12)
    let message = SOCMessage(chain.append(line))
    let head =
      "<108>1 2026-11-20T15:00:00.000001Z qn-01 thinai - audit "
      + "[audit@32473 sequence=\"1\" name=\"trạm\\\"\\]\\\\ \""
    #expect(message.text.hasPrefix(head), "\(message.text)")
    #expect(message.text.contains(" status=\"403\" bytes=\"7\" duration=\"12\" previous=\"000"))
    #expect(message.text.hasSuffix("\"] trạm\"]\\  GET /v1/x 403"))
    #expect(message.frame.starts(with: "\(message.text.utf8.count) <108>1 2026".utf8))
  }
}
