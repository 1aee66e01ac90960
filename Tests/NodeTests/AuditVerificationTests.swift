import Access
import Lagoon
import Primitives
import Sys
import Telemetry
import Testing

@testable import Node

/// Whoever changes, takes out or puts in a line is found, and nobody else is accused.
@Suite struct AuditVerificationTests {
  /// Nine lines, of which the table gets six after `change`, and the files hold three.
  private func problems(
    _ change: (inout [AuditRecord]) -> Void, files: (AuditFixture) throws -> Void = { _ in }
  ) throws -> [String] {
    let fixture = AuditFixture()
    return try fixture.machine.run {
      let log = try fixture.log()
      for number in 1...6 { fixture.append(log, "/\(number)") }
      var records = try log.page(AuditQuery(limit: 9)) {}.records.sorted { $0.sequence < $1.sequence }
      // The lines leave their files as a seal has it, and come into the table as the test has it.
      let audit = AuditFiles(data: AuditFixture.data, node: AuditFixture.node)
      for number in try audit.numbers() { try FileSystem.unlink(audit.path(number)) }
      change(&records)
      let catalogue = try Catalogue(data: AuditFixture.data, node: AuditFixture.node)
      try catalogue.seal(
        [TableRows(table: .audit, rows: AuditTable.rows(records))],
        transactions: [LaneTransaction(lane: AuditTable.application(node: AuditFixture.node), segment: 6)])
      let again = try fixture.log()
      for number in 7...9 { fixture.append(again, "/\(number)") }
      try files(fixture)
      return try fixture.problems()
    }
  }

  /// A record as somebody makes it who knows how hashes are computed.
  private static func forged(_ record: AuditRecord, path: String) -> AuditRecord {
    var record = record
    let line = record.line
    record.line = AuditLine(
      stored: line.time, name: line.name, address: line.address, method: line.method, path: path, query: line.query,
      status: line.status, rows: line.rows, bytes: line.bytes, durationMicros: line.durationMicros)
    return record
  }

  private static func directory(_ fixture: AuditFixture) -> String {
    AuditFiles(data: AuditFixture.data, node: AuditFixture.node).directory
  }

  @Test func aWholeChainIsWhole() throws {
    #expect(try problems { _ in } == [])
  }

  /// A part that another writer made anew may have its rows in another order.
  @Test func theOrderOfRowsSaysNothing() throws {
    #expect(try problems { $0.reverse() } == [])
  }

  @Test func aChangedLineIsFound() throws {
    let found = try problems { $0[2] = Self.forged($0[2], path: "/x") }
    #expect(found == ["table audit, lines of n-01: sequence 3 was changed: its hash is another"])
  }

  @Test func aChangedLineWithItsHashIsFoundByTheNext() throws {
    let found = try problems { records in
      records[2] = Self.forged(records[2], path: "/x")
      records[2].hash = records[2].computedHash
    }
    #expect(found == ["table audit, lines of n-01: sequence 4 does not stand behind 3: one of them was changed"])
  }

  @Test(arguments: [0, 2, 5]) func aLineThatWasTakenOutIsFound(_ index: Int) throws {
    let found = try problems { $0.remove(at: index) }
    #expect(found == ["table audit, lines of n-01: sequence \(index + 1) is missing"])
  }

  @Test func severalAreNamedTogether() throws {
    let found = try problems { $0.removeSubrange(1...3) }
    #expect(found == ["table audit, lines of n-01: sequences 2 to 4 are missing"])
  }

  @Test func aLineThatWasPutInIsFound() throws {
    let found = try problems { $0.append(Self.forged($0[3], path: "/x")) }
    #expect(found == ["table audit, lines of n-01: sequence 4 is there twice: a line was put in"])
    #expect(try problems { $0[1].sequence = -1 }.count == 2)
  }

  @Test func anEndThatWasCutOffIsFound() throws {
    let found = try problems({ _ in }) { fixture in
      let files = AuditFiles(data: AuditFixture.data, node: AuditFixture.node)
      for number in try files.numbers() { try FileSystem.unlink(files.path(number)) }
    }
    #expect(found == ["table audit, lines of n-01: sequences 7 to 9 are missing"])
  }

  @Test func aChainThatWasMadeAnewIsFoundByItsAnchor() throws {
    let fixture = AuditFixture()
    try fixture.machine.run {
      let log = try fixture.log()
      fixture.append(log, "/1", "/2")
      let files = AuditFiles(data: AuditFixture.data, node: AuditFixture.node)
      let number = try #require(try files.numbers().first)
      try FileSystem.unlink(files.path(number))
      var chain = AuditChain(node: AuditFixture.node)
      let forged = ["/1", "/x"].map { chain.append(AuditFixture.line($0)) }
      try File(files.path(number), .append).write(all: forged.flatMap { AuditFiles.bytes($0) })
      #expect(
        try fixture.problems() == [
          "table audit, lines of n-01: sequence 2 was changed: the newest line had another hash"
        ])
    }
  }

  @Test func anAnchorThatWasTakenAwayIsMissed() throws {
    let found = try problems({ _ in }) { fixture in
      try FileSystem.unlink(Self.directory(fixture) + "/" + DataDirectory.newestAudit)
    }
    #expect(found.count == 1 && found[0].contains("the newest line is not known"))
  }

  /// The next start goes on behind the gap and does not hide it.
  @Test func aStartHidesNothing() throws {
    let found = try problems({ _ in }) { fixture in
      let files = AuditFiles(data: AuditFixture.data, node: AuditFixture.node)
      for number in try files.numbers() { try FileSystem.unlink(files.path(number)) }
      let log = try fixture.log()
      fixture.append(log, "/10")
      log.seal()
    }
    #expect(found == ["table audit, lines of n-01: sequences 7 to 9 are missing"])
  }

  @Test func damageOfALineIsAGap() throws {
    let found = try problems({ _ in }) { fixture in
      let files = AuditFiles(data: AuditFixture.data, node: AuditFixture.node)
      let number = try #require(try files.numbers().first)
      var bytes = try File.readWhole(files.path(number))
      bytes[20] ^= 1
      try File(files.path(number), .readWrite).write(all: bytes, at: 0)
    }
    #expect(found == ["table audit, lines of n-01: sequence 7 is missing"])
  }

  @Test func gapsOfRetentionAreNone() {
    var expired = ExpiredLines()
    expired.add([3, 1, 2, 9, 5])
    #expect(expired.gaps == [1...3, 5...5, 9...9])
    expired.add([4, 2])
    #expect(expired.gaps == [1...5, 9...9])
    #expect(expired.rest(of: 1...5).isEmpty && expired.rest(of: 2...3).isEmpty)
    #expect(expired.rest(of: 4...10) == [6...8, 10...10] && expired.rest(of: 6...7) == [6...7])
  }
}
