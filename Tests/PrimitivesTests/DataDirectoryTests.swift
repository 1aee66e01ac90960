import Primitives
import Testing

@Suite struct DataDirectoryTests {
  @Test func everyNameIsAnother() {
    let data = DataDirectory("/d")
    let names = [
      data.journal, data.alertState, data.outboxes, data.snmpEngine, data.firstStart, data.audits, data.soc,
    ]
    #expect(Set(names).count == names.count && names.allSatisfy { $0.hasPrefix("/d/") })
    #expect(data.alertState == "/d/alerts.state" && data.outboxes == "/d/outbox")
  }

  @Test func auditFilesComeBack() {
    #expect(DataDirectory("/d").audit(node: "n-01") == "/d/audit/n-01")
    for number in [0, 1, 42, UInt64.max] {
      #expect(DataDirectory.number(ofAuditFile: DataDirectory.auditFile(number)) == number)
    }
    for name in ["", "newest", "expired", "1.lines", "00000000000000000001.outbox"] {
      #expect(DataDirectory.number(ofAuditFile: name) == nil)
    }
  }

  @Test(arguments: [0, 1, 42, UInt64.max])
  func outboxFilesComeBack(number: UInt64) {
    #expect(DataDirectory.number(ofOutboxFile: DataDirectory.outboxFile(number)) == number)
  }

  @Test(arguments: [
    "", ".outbox", "a.outbox", "00000000000000000001.outbox.tmp", "1", "-1.outbox", "18446744073709551616.outbox",
    "+0000000000000000001.outbox", "1.outbox",
  ])
  func otherFilesAreNone(name: String) {
    #expect(DataDirectory.number(ofOutboxFile: name) == nil)
  }
}
