import Primitives
import Testing

@Suite struct DataDirectoryTests {
  @Test func everyNameIsAnother() {
    let data = DataDirectory("/d")
    let names = [
      data.journal, data.alertState, data.outboxes, data.snmpEngine, data.firstStart,
    ]
    #expect(Set(names).count == names.count && names.allSatisfy { $0.hasPrefix("/d/") })
    #expect(data.alertState == "/d/alerts.state" && data.outboxes == "/d/outbox")
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
