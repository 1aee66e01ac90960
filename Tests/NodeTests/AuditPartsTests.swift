import Access
import Lagoon
import Primitives
import Sys
import Testing

@testable import Node

/// The parts of the audit, each by itself.
@Suite struct AuditPartsTests {
  private let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)

  private static func records(_ count: Int) -> [AuditRecord] {
    var chain = AuditChain(node: AuditFixture.node)
    return (0..<count).map { chain.append(AuditFixture.line("/\($0)")) }
  }

  @Test func anAnchorWhoseNewestSlotIsTornNamesTheOneBefore() throws {
    try machine.run {
      let records = Self.records(3)
      try FileSystem.createDirectories(DataDirectory(AuditFixture.data).audit(node: AuditFixture.node))
      var anchor = AuditAnchor(data: AuditFixture.data, node: AuditFixture.node)
      let none = try anchor.read()
      #expect(none.newest == nil && !none.isDamaged)
      for record in records { try anchor.write(record) }
      #expect(try anchor.read().newest == AuditAnchor.Newest(sequence: 3, hash: records[2].hash))
      // Sequence 3 stands in the second slot.
      let file = try File(anchor.path, .readWrite)
      try file.write(all: [UInt8(ascii: "x")], at: 256)
      #expect(try anchor.read().newest == AuditAnchor.Newest(sequence: 2, hash: records[1].hash))
      try file.write(all: [UInt8(ascii: "x")], at: 0)
      let gone = try anchor.read()
      #expect(gone.newest == nil && gone.isDamaged)
    }
  }

  @Test func factsSayWhatBecomesOfQuestions() {
    var facts = AuditFacts()
    #expect(facts.complaints.isEmpty && facts.warnings.isEmpty)
    facts.writeFault = "no space"
    #expect(facts.complaints.count == 1 && facts.complaints[0].contains("are answered until"))
    facts.sealFault = "no table"
    #expect(facts.warnings == ["no table"])
    facts.isFull = true
    facts.waiting = 7
    #expect(facts.complaints == ["questions are refused: 7 lines of the audit wait: no space; no table"])
    #expect(facts.warnings.isEmpty)
  }

  @Test func aSearchGoesFromTheNewestOnAndFindsEachOnce() throws {
    let fixture = AuditFixture()
    try fixture.machine.run {
      let (catalogue, log) = try fixture.open()
      for number in 1...5 { fixture.append(log, "/\(number)") }
      log.seal()
      let sealed = try log.page(AuditQuery(limit: 9)) {}.records
      // Two are in the table and in files: as while a seal is under way.
      let search = AuditSearch(catalogue: catalogue, unsealed: Array(sealed.prefix(2)))
      var paths: [String] = []
      var query = AuditQuery(limit: 2)
      for _ in 0..<9 {
        let page = try search.run(query) {}
        paths += page.records.map(\.line.path)
        query.cursor = page.next
        if page.next == nil { break }
      }
      #expect(paths == ["/5", "/4", "/3", "/2", "/1"])
      #expect(throws: QueryError.abandoned) { try search.run(AuditQuery(limit: 2)) { throw QueryError.abandoned } }
    }
  }

  @Test func aChainIsWholeInWhateverOrderItComes() {
    machine.run {
      let records = Self.records(40)
      func problems(_ order: [AuditRecord]) -> [String] {
        var chain = VerifiedChain(node: AuditFixture.node)
        chain.newest = (40, records[39].hash)
        for record in order {
          chain.hold(record)
          chain.take()
        }
        chain.finish(expired: ExpiredLines())
        return chain.problems
      }
      var random = SystemRandomNumberGenerator()
      for _ in 0..<20 { #expect(problems(records.shuffled(using: &random)) == []) }
      #expect(problems(records.dropLast()).contains { $0.contains("sequence 40 is missing") })
      #expect(problems(records.filter { $0.sequence != 7 }).contains { $0.contains("sequence 7 is missing") })
      #expect(problems(records + [records[3]]).contains { $0.contains("sequence 4 is there twice") })
    }
  }

  @Test func anOutboxGoesOnWhereItWas() throws {
    try machine.run {
      let messages = Self.records(6).map { SOCMessage($0) }
      let outbox = try SOCOutbox(data: AuditFixture.data)
      #expect(outbox.facts.pending == 0 && outbox.newestAudit == 0)
      try outbox.add(Array(messages.prefix(4)))
      let first = try outbox.messages(from: outbox.mark)
      #expect(first.map(\.message.text) == messages.prefix(4).map(\.text))
      outbox.acknowledge(first[1].end, count: 2)
      let again = try SOCOutbox(data: AuditFixture.data)
      try again.add(Array(messages.suffix(2)))
      #expect(again.facts.pending == 4 && again.newestAudit == 6)
      var (place, texts) = (again.mark, [String]())
      while let found = try again.messages(from: place).last {
        texts += try again.messages(from: place).map(\.message.text)
        place = found.end
      }
      #expect(texts == messages.suffix(4).map(\.text))
    }
  }
}
