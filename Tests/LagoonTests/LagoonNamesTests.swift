import Primitives
import Testing

@testable import Lagoon

/// Names on disk are read as they are written, and nothing else is taken for one of ours.
struct LagoonNamesTests {
  @Test(arguments: [0, 40, (1 << 62) - 1]) func versionsComeBack(_ version: Int64) {
    #expect(LagoonNames.version(ofCommit: LagoonNames.commit(version)) == version)
    #expect(LagoonNames.version(ofCheckpoint: LagoonNames.checkpoint(version)) == version)
    #expect(LagoonNames.version(ofCommit: LagoonNames.checkpoint(version)) == nil)
    #expect(LagoonNames.version(ofCheckpoint: LagoonNames.commit(version)) == nil)
  }

  @Test func namesAreWhatDeltaWants() {
    #expect(LagoonNames.commit(40) == "00000000000000000040.json")
    #expect(LagoonNames.checkpoint(40) == "00000000000000000040.checkpoint.parquet")
    #expect(LagoonNames.damagedLog(7) == "_damaged_log-0007")
    #expect(LagoonNames.number(ofDamagedLog: "_damaged_log-0007") == 7)
  }

  @Test(arguments: [
    "", "40.json", "0000000000000000004x.json", "00000000000000000040.json.7.1.tmp", "_last_checkpoint",
    "00000000000000000040.checkpoint.0000000001.0000000002.parquet",
  ]) func otherFilesOfALogAreNone(_ name: String) {
    #expect(LagoonNames.version(ofCommit: name) == nil)
    #expect(LagoonNames.version(ofCheckpoint: name) == nil)
  }

  @Test(arguments: [(0, "00"), (82_800_000, "23"), (-3_600_000, "23")]) func aPartSaysItsHour(
    _ time: Int, _ hour: String
  ) {
    let name = PartName(node: "qn-01", sequence: 42)
    let path = name.path(date: "2026-11-20", oldestTime: Int64(time), precision: .milliseconds)
    #expect(path == "date=2026-11-20/\(hour)-qn-01-42.parquet")
    #expect(PartName(path: path) == name)
    #expect(LagoonNames.date(ofFolder: String(path.prefix { $0 != "/" })) == "2026-11-20")
  }

  @Test(arguments: ["", "part-0.parquet", "07-qn-01-x.parquet", "07--1.parquet", "07-qn-01-42.json"])
  func otherPartsAreNotOurs(_ name: String) {
    #expect(PartName(name) == nil)
    #expect(PartName(path: "date=2026-11-20/" + name) == nil)
  }

  @Test func ownTablesAreTheirFolders() {
    for name in [TableName.events, .devices, .audit, .rollups(.fiveMinutes), .rollups(.hour)] {
      #expect(TableName(directoryName: name.directoryName) == name)
      // A measurement of that name has another folder.
      let other = TableName.readings(name.directoryName)
      #expect(other.directoryName != name.directoryName && TableName(directoryName: other.directoryName) == other)
    }
  }
}

/// Readers see the newest version, whoever brings it.
struct TableBookTests {
  private func table(_ version: Int64) -> TableState {
    var table = TableState(name: .events, precision: .milliseconds)
    table.version = version
    return table
  }

  @Test func versionsOnlyGoUp() {
    let book = TableBook(TableBook.State())
    #expect(book.show(table(3)).isNewest)
    #expect(book.show(table(5)).before?.version == 3)
    let (isNewest, before) = book.show(table(4))
    #expect(!isNewest && before?.version == 5)
    #expect(!book.show(table(5)).isNewest)
    #expect(book.table(.events)?.version == 5 && book.dataVersion == 2)
  }

  @Test func whatIsWrongIsSaidOnce() {
    var state = TableBook.State()
    var stranger = Part(
      path: "x.parquet", date: "", rowCount: 0, byteCount: 1, oldestTime: 0, newestTime: 0, firstDevice: "",
      lastDevice: "", source: nil)
    stranger.unreadable = "it has a deletion vector"
    var shown = table(1)
    shown.strangers = [stranger]
    state.tables[.events] = shown
    let note = "cannot read part x.parquet of table events, which another program added: it has a deletion vector"
    state.startNotes = [note]
    let book = TableBook(state)
    #expect(book.warnings == [note])
    book.setCommitFault("cannot write table events", of: .events)
    #expect(book.warnings == ["cannot write table events", note])
    book.setCommitFault(nil, of: .events)
    #expect(book.warnings == [note])
  }
}
