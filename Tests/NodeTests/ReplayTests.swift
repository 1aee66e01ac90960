import Capture
import Lagoon
import Primitives
import Protocols
import Registry
import Sys
import Telemetry
import Testing

@testable import Node

/// Captures that are played into tables, and how what they hold gets there.
@Suite struct ReplayTests {
  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  private static let seconds: UInt32 = 1_795_186_800

  /// A classic capture of IPv4 packets without Ethernet before them, one a second.
  private static func capture(_ datagrams: [(port: UInt16, text: String)], cutTo limit: Int = .max) -> [UInt8] {
    func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) } }
    func big(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }
    var bytes = little(0xA1B2_C3D4) + [2, 0, 4, 0] + little(0) + little(0) + little(65_535) + little(101)
    for (index, datagram) in datagrams.enumerated() {
      let payload = Array(datagram.text.utf8)
      let udp = big(40_000) + big(Int(datagram.port)) + big(payload.count + 8) + [0, 0] + payload
      let packet =
        [0x45, 0] + big(20 + udp.count) + [0, UInt8(index & 255), 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + udp
      let shown = packet.prefix(limit)
      bytes += little(seconds + UInt32(index)) + little(0) + little(UInt32(shown.count)) + little(UInt32(packet.count))
      bytes += shown
    }
    return bytes
  }

  private func file(_ bytes: [UInt8]) throws -> String {
    let path = scratch.path + "/c-\(bytes.count).pcap"
    try File(path, .createExclusive).write(all: bytes)
    return path
  }

  private func replay(_ ports: PortMap = PortMap(), sealBytes: Int = 64 << 20) throws -> Replay {
    var configuration = try ConfigurationReader.defaults()
    configuration.node = "n-01"
    configuration.data = scratch.path + "/data"
    configuration.sealBytes = sealBytes
    return Replay(configuration, ports: ports, registry: .empty)
  }

  private func rows(_ measurement: String) throws -> [String] {
    let catalogue = try Catalogue(data: scratch.path + "/data", node: "n-01", isReadOnly: true)
    return try ["a", "b"].flatMap { device in
      try ReadingsQuery(device: device, measurement: measurement).run(on: catalogue.storedView()).rows
        .map { "\($0.device) \($0.time / Nanos.perSecond - Int64(Self.seconds))" }.sorted()
    }
  }

  @Test func whatACaptureHoldsIsInThePartsAndAccountedFor() throws {
    let path = try file(
      Self.capture([
        (8_089, "rain,device=a mm=1\nrain,device=b mm=2"), (9, "\u{1}noise"), (8_089, "no line at all"),
        (8_089, "rain,device=a mm=3 \(Int64(Self.seconds - 5) * Nanos.perSecond)"),
        (5_514, "<13>Nov 20 15:00:00 h t: x"),
      ]))
    let report = try replay().run(path)
    #expect(report.capture.isBalanced && report.unmapped == 1 && report.ledger.isBalanced)
    // Without a time of its own a row has the capture's, not the clock's.
    #expect(try rows("rain") == ["a -5", "a 0", "b 0"])
    let line = try #require(report.ledger.listeners.first { $0.name == "line" })
    #expect(line.counts.received == 3 && line.counts.rejectedTotal == 1 && line.counts.rows == 3)
    // Again is the same again.
    let again = try replay().run(path)
    #expect(try rows("rain").count == 3 && again.ledger.total.duplicate == report.ledger.total.stored)
    #expect(again.ledger.isBalanced && again.ledger.total.stored == 0)
  }

  @Test func aPortIsWhatItIsSaidToBe() throws {
    let path = try file(Self.capture([(7_777, "odd,device=a v=1"), (8_089, "odd,device=b v=1")]))
    var ports = PortMap()
    try ports.add("7777=line")
    try ports.add("8089=syslog")
    let report = try replay(ports).run(path)
    let counts = Dictionary(uniqueKeysWithValues: report.ledger.listeners.map { ($0.name, $0.counts.received) })
    #expect(counts["line"] == 1 && counts["syslog"] == 1 && report.unmapped == 0)
    #expect(try rows("odd") == ["a 0"])
  }

  /// Many generations, each sealed while the next one gathers.
  @Test func aLongCaptureIsSealedOnItsWay() throws {
    let line = String(repeating: "x", count: 200)
    let path = try file(
      Self.capture((0..<3_000).map { (8_089, "rain,device=d\($0 % 7) n=\($0)i,t=\"\(line)\($0)\"") }))
    let report = try replay(sealBytes: 1).run(path)
    #expect(report.ledger.total.stored == 3_000 && report.ledger.isBalanced)
    let catalogue = try Catalogue(data: scratch.path + "/data", node: "n-01", isReadOnly: true)
    let parts = try #require(catalogue.table(.readings("rain"))).parts
    #expect(parts.reduce(0) { $0 + $1.rowCount } == 3_000 && catalogue.newestSegment(node: "n-01") >= 1)
  }

  @Test func damageIsCountedAndWhatIsNoCaptureIsRefused() throws {
    let whole = Self.capture([(8_089, "rain,device=a mm=1"), (8_089, "rain,device=a mm=2")])
    let cut = try replay().run(try file(Array(whole.dropLast(9))))
    #expect(cut.ledger.total.received == 1 && cut.ledger.isBalanced)
    let short = try replay().run(try file(Self.capture([(8_089, "rain,device=b mm=1")], cutTo: 40)))
    #expect(short.ledger.isBalanced && short.ledger.total.stored == 0)
    #expect(throws: (any Error).self) { _ = try replay().run(try file(Array("no capture".utf8))) }
    #expect(throws: (any Error).self) { _ = try replay().run(scratch.path + "/none.pcap") }
    #expect(try rows("rain") == ["a 0"])
  }

  /// A server that works there has the directory for itself.
  @Test func aDirectoryInUseIsLeftAlone() throws {
    let path = try file(Self.capture([(8_089, "rain,device=a mm=1")]))
    try FileSystem.createDirectories(scratch.path + "/data")
    let lock = try DataLock(data: scratch.path + "/data")
    #expect(throws: (any Error).self) { _ = try replay().run(path) }
    withExtendedLifetime(lock) {}
  }

  // MARK: the thread that seals

  /// Rows of one table, of devices that differ by generation.
  private func fill(_ tables: UnsealedTables, generation: UInt64, _ applier: inout BatchApplier) {
    var buffer = RecordBuffer(capacity: 1 << 16)
    let arrival = ArrivalTime(nanos: Int64(Self.seconds) * Nanos.perSecond)
    buffer.putOrigin(listener: 0, arrivalNanos: arrival.nanos)
    let name = Array("v".utf8)
    buffer.putLayout(0, fieldCount: 1)
    buffer.putLayoutField(name: name.span.bytes, unit: RawSpan())
    let series = UInt32(generation)
    let key = SeriesKey(measurement: "rain", device: "d\(generation)").canonicalBytes
    buffer.putSeries(series, canonicalKey: key.span.bytes)
    var decoded = DecodedDatagram()
    decoded.fields.append(DecodedField(name: .empty, tag: .integer, payload: 7))
    let row = DecodedRow(
      key: .empty, keyForm: .canonical, firstField: 0, fieldCount: 1, timeNanos: arrival.nanos, hasTime: true)
    buffer.putRow(
      row, of: decoded, RawSpan(), series: series, layout: 0, timeNanos: arrival.nanos, arrival: arrival)
    var counts = [LedgerCounts()]
    let options = UnsealedTables.ApplyOptions(
      lane: "n-01/replay", segment: generation, generation: generation, isRecovery: false)
    let isWhole = buffer.withUnsafeBytes { tables.apply($0, with: &applier, options: options, counts: &counts) }
    #expect(isWhole && counts[0].stored == 1)
  }

  @Test func generationsAreSealedOneByOneAndLeaveMemory() throws {
    let data = scratch.path + "/data"
    try FileSystem.createDirectories(data)
    let catalogue = try Catalogue(data: data, node: "n-01")
    let tables = UnsealedTables(sealed: catalogue)
    let sealer = ReplaySealer(tables: tables, catalogue: catalogue, lane: "n-01/replay")
    // With nothing begun there is nothing to wait for.
    try sealer.finish()
    var applier = BatchApplier()
    for generation in 1...3 as ClosedRange<UInt64> {
      fill(tables, generation: generation, &applier)
      try sealer.seal(generation: generation)
    }
    try sealer.finish()
    try sealer.finish()
    #expect(tables.facts().rowCount == 0)
    #expect(catalogue.table(.readings("rain"))?.parts.reduce(0) { $0 + $1.rowCount } == 3)
    // An empty one adds nothing.
    try sealer.seal(generation: 4)
    try sealer.finish()
    #expect(catalogue.table(.readings("rain"))?.parts.count == 3)
  }

  /// What the thread met is thrown by who waits for it, and its rows stay in memory.
  @Test func aSealThatFailsIsToldAndKeepsItsRows() throws {
    let data = scratch.path + "/data"
    try FileSystem.createDirectories(data + "/tables")
    let catalogue = try Catalogue(data: data, node: "n-01")
    let tables = UnsealedTables(sealed: catalogue)
    let sealer = ReplaySealer(tables: tables, catalogue: catalogue, lane: "n-01/replay")
    // A file where the table's folder would be.
    _ = try File(data + "/tables/rain", .createExclusive)
    var applier = BatchApplier()
    fill(tables, generation: 1, &applier)
    try sealer.seal(generation: 1)
    #expect(throws: (any Error).self) { try sealer.finish() }
    fill(tables, generation: 2, &applier)
    #expect(throws: (any Error).self) { try sealer.seal(generation: 2) }
    #expect(tables.facts().rowCount == 2)
  }
}
