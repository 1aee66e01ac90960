import Access
import Lagoon
import Primitives
import Sys
import Telemetry
import Testing

@testable import Node

/// A chain on a simulated machine, which is killed, filled and tampered with.
final class AuditFixture {
  static let node = "n-01"
  static let data = "/data"
  let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)

  func settings(days: Int = 800) -> AuditSettings {
    AuditSettings(
      node: Self.node, data: Self.data, sealIntervalNanos: Nanos.perMinute, retentionDays: days, compactLevel: 1)
  }

  /// A log as a start makes it.
  func log(days: Int = 800) throws -> AuditLog { try open(days: days).log }

  func open(days: Int = 800) throws -> (catalogue: Catalogue, log: AuditLog) {
    try FileSystem.createDirectories(Self.data)
    let catalogue = try Catalogue(data: Self.data, node: Self.node)
    return (catalogue, try AuditLog(catalogue, settings(days: days)))
  }

  static func line(_ path: String, name: String = "ioc", status: Int = 200, query: String = "") -> AuditLine {
    AuditLine(
      time: Clock.realtimeNanos(), name: name, address: "127.0.0.1:9", method: "GET", path: path, query: query,
      status: status, rows: 1, bytes: 2, durationMicros: 3)
  }

  func append(_ log: AuditLog, _ paths: String...) {
    for path in paths { log.append(Self.line(path)) }
    log.turn()
  }

  func paths(_ log: AuditLog, limit: Int = 100) throws -> [String] {
    try log.page(AuditQuery(limit: limit)) {}.records.map(\.line.path)
  }

  func problems() throws -> [String] { try AuditVerification.problems(data: Self.data) { _ in } }
}

@Suite struct AuditLogTests {
  private let fixture = AuditFixture()

  @Test func linesAreThereAtOnceAndOnceOnly() throws {
    try fixture.machine.run {
      let log = try fixture.log()
      #expect(try fixture.paths(log).isEmpty && fixture.problems().isEmpty)
      // Two lines of one instant, which say the same.
      log.append(AuditFixture.line("/a"))
      log.append(AuditFixture.line("/a"))
      #expect(try fixture.paths(log) == ["/a", "/a"])
      log.seal()
      fixture.append(log, "/b")
      #expect(try fixture.paths(log) == ["/b", "/a", "/a"])
      #expect(try fixture.problems().isEmpty)
      let again = try fixture.log()
      #expect(try fixture.paths(again) == ["/b", "/a", "/a"])
      again.seal()
      fixture.append(again, "/c")
      let page = try again.page(AuditQuery(limit: 10)) {}
      #expect(page.records.map(\.sequence) == [4, 3, 2, 1] && page.next == nil)
      #expect(try fixture.problems().isEmpty)
      #expect(again.facts.complaints.isEmpty && again.facts.warnings.isEmpty)
    }
  }

  @Test func everythingOfALineComesBackFromTheTable() throws {
    try fixture.machine.run {
      let log = try fixture.log()
      let name = String(repeating: "ơ", count: 64)
      log.append(AuditFixture.line("/Nh\u{1A1}n", name: name, query: "a=\u{1}\u{0}\"ế"))
      log.append(AuditFixture.line("/Nho\u{31B}n", name: ""))
      log.append(
        AuditLine(
          time: 1_001, name: "", address: "", method: "", path: "", query: "", status: 503, rows: nil, bytes: nil,
          durationMicros: nil))
      log.turn()
      let before = try log.page(AuditQuery(limit: 10)) {}.records
      log.seal()
      let after = try log.page(AuditQuery(limit: 10)) {}.records
      #expect(before == after && after.count == 3 && after.allSatisfy { $0.computedHash == $0.hash })
      #expect(after.contains { Array($0.line.path.utf8) == Array("/Nho\u{31B}n".utf8) })
      #expect(after.contains { $0.line.name.utf8.count == 128 })
      #expect(try fixture.problems().isEmpty)
    }
  }

  @Test func pagesGoOnWhereTheOneBeforeEnded() throws {
    try fixture.machine.run {
      let log = try fixture.log()
      for number in 0..<50 {
        let status = number % 5 == 0 ? 404 : 200
        log.append(AuditFixture.line("/\(number)", name: number % 2 == 0 ? "a" : "b", status: status))
        if number % 3 == 0 { fixture.machine.advance(nanos: Nanos.perSecond) }
        log.turn()
        if number % 20 == 19 { log.seal() }
      }
      var found: [String] = []
      var query = AuditQuery(limit: 7)
      repeat {
        let page = try log.page(query) {}
        found += page.records.map(\.line.path)
        query.cursor = page.next
      } while query.cursor != nil
      #expect(found == (0..<50).reversed().map { "/\($0)" })
      let some = try log.page(AuditQuery(name: "a", path: "/1*", status: 404, limit: 9)) {}
      #expect(some.records.map(\.line.path) == ["/10"])
      let times = try log.page(AuditQuery(limit: 100)) {}.records.map(\.line.time)
      let range = try log.page(AuditQuery(from: times[20], to: times[10], limit: 100)) {}.records
      #expect(range.map(\.line.time) == times.filter { $0 >= times[20] && $0 < times[10] } && !range.isEmpty)
    }
  }

  // MARK: crashes and full disks

  /// Killed at each call of a seal in turn: no line is lost, and none is there twice.
  @Test func aKillBetweenFileAndTableCostsNothing() throws {
    var random = SystemRandomNumberGenerator()
    var isThrough = false
    var step = 0
    while !isThrough {
      let fixture = AuditFixture()
      let disk = fixture.machine.disk
      try fixture.machine.run {
        let log = try fixture.log()
        fixture.append(log, "/1", "/2")
        log.seal()
        fixture.append(log, "/3")
        fixture.append(log, "/4")
        disk.kill(afterCalls: step)
        log.seal()
        isThrough = !disk.isKilled
        // The process is killed, or the power goes: what was durable is there in any case.
        disk.restart(after: step % 2 == 0 ? .power : .process, using: &random)
        disk.kill(afterCalls: nil)
      }
      try fixture.machine.run {
        let log = try fixture.log()
        #expect(try fixture.paths(log) == ["/4", "/3", "/2", "/1"], "step \(step)")
        fixture.append(log, "/5")
        log.seal()
        #expect(try fixture.paths(log) == ["/5", "/4", "/3", "/2", "/1"], "step \(step)")
        #expect(try fixture.problems().isEmpty, "step \(step)")
      }
      step += 1
    }
    #expect(step > 10)
  }

  @Test func aFullDiskIsNamedAndCostsNoLine() throws {
    try fixture.machine.run {
      let log = try fixture.log()
      fixture.append(log, "/1")
      FaultInjection.with([.init(.write, .error(ErrorNumber.noSpace), path: "audit")]) {
        fixture.append(log, "/2", "/3")
        #expect(log.facts.complaints.count == 1 && log.facts.failures == 1 && log.hasRoom)
        log.seal()
      }
      FaultInjection.with([.init(.fdatasync, .error(ErrorNumber.inputOutput), path: "audit")]) {
        fixture.append(log, "/4")
        #expect(log.facts.failures == 2)
      }
      #expect(try fixture.paths(log) == ["/4", "/3", "/2", "/1"])
      #expect(log.facts.complaints.isEmpty)
      log.seal()
      #expect(try fixture.paths(try fixture.log()) == ["/4", "/3", "/2", "/1"] && fixture.problems().isEmpty)
    }
  }

  @Test func aBoundIsKept() throws {
    try fixture.machine.run {
      var settings = fixture.settings()
      settings.mostLines = 10
      let log = try AuditLog(try fixture.open().catalogue, settings)
      FaultInjection.with([.init(.write, .error(ErrorNumber.noSpace), path: "audit")]) {
        for number in 0..<10 {
          #expect(log.hasRoom)
          log.append(AuditFixture.line("/\(number)"))
        }
        log.turn()
        #expect(!log.hasRoom)
        log.noteUnkept(isAnswered: false)
        #expect(log.facts.complaints.first?.hasPrefix("questions are refused") ?? false && log.facts.refused == 1)
      }
      log.turn()
      log.seal()
      #expect(log.hasRoom && log.facts.complaints.isEmpty && log.facts.waiting == 0)
    }
  }

  @Test func linesExpireAndTheChainIsWhole() throws {
    try fixture.machine.run {
      let (catalogue, log) = try fixture.open(days: 2)
      for day in 0..<5 {
        fixture.append(log, "/\(day)a", "/\(day)b")
        if day == 3 {
          // A clock that was never set, for a moment: its line expires before those around it.
          log.append(
            AuditLine(
              time: 0, name: "", address: "", method: "GET", path: "/odd", query: "", status: 200, rows: nil,
              bytes: nil,
              durationMicros: nil))
        }
        log.seal()
        fixture.machine.advance(nanos: Nanos.perDay - Nanos.perMinute)
        try catalogue.maintain(
          nowNanos: Clock.realtimeNanos(), monotonicNanos: Clock.monotonicNanos(), CompactionSettings(level: 1),
          retention: RetentionPolicy(readingsDays: 1, eventsDays: 1, rollups5mDays: 1, rollups1hDays: 1), graceNanos: 0)
        log.expire()
        #expect(log.facts.warnings.isEmpty && log.facts.complaints.isEmpty)
        #expect(try fixture.problems().isEmpty)
      }
      let left = try fixture.paths(log)
      #expect(!left.isEmpty && !left.contains("/odd") && !left.contains("/0a") && left.contains("/4b"))
    }
  }
}
