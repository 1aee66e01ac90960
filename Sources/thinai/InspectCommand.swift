import ArgumentParser
import Journal
import Lagoon

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Says what a part or a journal segment holds.")

  @Argument(help: "A .parquet or .journal file.") var file: String

  func run() throws {
    do {
      if file.hasSuffix(".journal") {
        try showJournal()
      } else {
        for line in try PartDescription.lines(path: file) { print(line) }
      }
    } catch {
      throw CommandFailure.failed("cannot inspect \(file): \(error)")
    }
  }

  private func showJournal() throws {
    let inspection = try JournalInspection(path: file)
    print("journal segment, \(inspection.byteCount) bytes")
    for entry in inspection.entries {
      print(
        "at \(entry.offset): \(entry.state), \(entry.byteCount) bytes for \(entry.payloadBytes), sequence \(entry.sequence.map(String.init) ?? "unknown")"
      )
    }
  }
}
