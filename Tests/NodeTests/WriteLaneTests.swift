import Intake
import Lagoon
import Pipeline
import Primitives
import Protocols
import Registry
import Sys
import Synchronization
import Telemetry
import Testing

@testable import Node

/// Lines that are handed over take the way of all rows, and are answered when they are durable.
@Suite struct WriteLaneTests {
  private final class Receipts: Sendable {
    let found = Mutex<[LineReceipt]>([])
    var count: Int { found.withLock { $0.count } }
  }

  private static let source = SourceAddress(ipv4: 0x0A00_0001, port: 9)

  private func engine(_ scratch: ScratchDirectory) throws -> Engine {
    var configuration = Configuration()
    configuration.data = scratch.path
    configuration.node = "test-01"
    configuration.takesLines = true
    let address = try #require(SocketAddress("127.0.0.1:0"))
    configuration.listeners = [ListenerSettings(name: "line", telemetryProtocol: .line, address: address)]
    return try Engine(configuration, registry: .empty)
  }

  private func write(_ text: String, to engine: Engine, _ receipts: Receipts) throws {
    try #require(engine.pipeline.writes).write(LinePiece(Array(text.utf8), unitNanos: 1, source: Self.source)) {
      receipt in receipts.found.withLock { $0.append(receipt) }
    }
  }

  private func wait(for count: Int, _ receipts: Receipts) {
    while receipts.count < count { Clock.sleep(nanos: Nanos.perMillisecond) }
  }

  @Test func whatIsAnsweredIsThereAfterwards() throws {
    let scratch = try ScratchDirectory()
    let now = Clock.realtimeNanos() / Nanos.perSecond * Nanos.perSecond
    try writeMany(at: now, in: scratch)
    let view = try engine(scratch).view()
    let rows = try LatestQuery().run(on: view, directory: EmptyDirectory(), cache: NewestRowsCache()).rows
    #expect(rows.count == 100 && Set(rows.map(\.device)).count == 100)
  }

  /// In a function of its own, which lets go of the data directory at its end.
  private func writeMany(at now: UnixNanos, in scratch: ScratchDirectory) throws {
    let first = try engine(scratch)
    try first.start()
    let receipts = Receipts()
    for number in 0..<100 { try write("m,device=d\(number) v=\(number) \(now)\nbad\n", to: first, receipts) }
    wait(for: 100, receipts)
    #expect(receipts.found.withLock { $0.allSatisfy { $0.fate == .stored && $0.rows == 1 && $0.refusedLines == 1 } })
    #expect(first.stop())
  }

  @Test func theyHaveAnAccountOfTheirOwn() throws {
    let scratch = try ScratchDirectory()
    let engine = try engine(scratch)
    try engine.start()
    let receipts = Receipts()
    try write("m,device=a v=1\nm,device=b v=2\nnothing\n", to: engine, receipts)
    wait(for: 1, receipts)
    #expect(engine.stop())
    let ledger = engine.pipeline.ledger.snapshot()
    let account = try #require(ledger.listeners.first { $0.name == "http" })
    #expect(ledger.isBalanced && account.protocolName == "line")
    #expect(account.counts.rows == 2 && account.counts.stored == 2 && account.counts.rejectedRows.reduce(0, +) == 1)
    #expect(ledger.listeners.filter { $0.name != "http" }.allSatisfy { $0.counts.rows == 0 })
  }

  @Test func nothingIsAnsweredAsStoredThatIsNot() throws {
    let scratch = try ScratchDirectory()
    let engine = try engine(scratch)
    let receipts = Receipts()
    try engine.start()
    // The disk takes nothing for a while.
    let fault = FaultInjection.add([
      .init(.write, .error(ErrorNumber.noSpace), times: 1, path: scratch.path + "/journal/lane-\(WriteLane.number)")
    ])
    try write("m,device=a v=1\n", to: engine, receipts)
    wait(for: 1, receipts)
    #expect(receipts.found.withLock { $0[0].fate } == .unavailable)
    FaultInjection.remove(fault)
    try write("m,device=a v=2\n", to: engine, receipts)
    wait(for: 2, receipts)
    #expect(receipts.found.withLock { $0[1].fate } == .stored)
    #expect(engine.stop())
    // Whoever comes behind the end is not left waiting.
    try write("m,device=a v=3\n", to: engine, receipts)
    #expect(receipts.found.withLock { $0[2].fate } == .unavailable)
    #expect(engine.pipeline.ledger.snapshot().isBalanced)
  }
}
