import Import
import Testing

/// What a file is, how far an import is.
@Suite struct FormatTests {
  @Test func aFileTellsWhatItIs() {
    func format(_ path: String, _ head: String = "x") -> ImportFormat { .of(path: path, head: Array(head.utf8)) }
    #expect(format("a.csv") == .csv && format("/x/A.CSV.GZ") == .csv && format("a.tsv") == .csv)
    #expect(
      format("a.parquet") == .parquet && format("part", "PAR1") == .parquet && format("a.csv", "PAR1") == .parquet)
    #expect(format("a.txt") == .lines && format("a.gz") == .lines && format("csv") == .lines)
  }

  @Test func linesAreHandedOnAsTheyAre() throws {
    let outcome = try ImportedFile("a.txt", "m v=1 2\nm v=2 3\n").read { $0.precision = "s" }
    #expect(outcome.lines == ["m v=1 2", "m v=2 3"] && outcome.plan.precision == "s")
    let forced = try ImportedFile("a.txt", "time,device,v\n1,a,2\n").read { $0.format = .csv }
    #expect(forced.lines == ["a.txt,device=a v=2i 1"])
    let long = try ImportedFile("a.txt", String(repeating: "x", count: 2 << 20)).read()
    #expect(long.refused == 1 && long.faults.first?.cause.hasPrefix("a line is too long: xxx") == true)
  }

  @Test func progressIsToldNowAndThen() {
    var pace = ProgressPace(beganNanos: 0, isTerminal: true)
    #expect(pace.text(nowNanos: 400_000_000, 1, of: 10, rows: 10, stored: 5) == nil)
    #expect(pace.text(nowNanos: 500_000_000, 5, of: 10, rows: 10, stored: 5) == "50 %, 20 rows/s, 5 rows stored")
    #expect(pace.text(nowNanos: 900_000_000, 5, of: 10, rows: 10, stored: 5) == nil)
    #expect(pace.text(nowNanos: 1_000_000_000, 5, of: 10, rows: 0, stored: 0) == "50 %")
    var log = ProgressPace(beganNanos: 0, isTerminal: false)
    #expect(log.text(nowNanos: 9_999_999_999, 1, of: 1, rows: 1, stored: 1) == nil)
    #expect(log.text(nowNanos: 10_000_000_000, 0, of: 0, rows: 0, stored: 0) == "100 %")
  }
}
