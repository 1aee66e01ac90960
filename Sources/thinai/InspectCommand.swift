import ArgumentParser
import Journal
import Lagoon
import Sys

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Says what a table, a part or a journal segment holds.")

  @Argument(help: "A table's folder, a .parquet or a .journal file.") var file: String
  @Flag(help: "Of a table: SQL for DuckDB that makes a view of it in which every field is one column.") var view = false

  func run() throws {
    do {
      if try FileSystem.status(file)?.isDirectory ?? false {
        if view {
          print(try TableDescription.view(path: file))
        } else {
          for line in try TableDescription.lines(path: file) { print(line) }
        }
      } else if view {
        throw CommandFailure.misuse("cannot make a view of \(file): it is no table's folder")
      } else if file.hasSuffix(JournalNames.extensionText) {
        try showJournal()
      } else {
        for line in try PartDescription.lines(path: file) { print(line) }
      }
    } catch let failure as CommandFailure {
      throw failure
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
