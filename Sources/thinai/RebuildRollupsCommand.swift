import ArgumentParser
import Node
import Lagoon
import Sys

struct RebuildRollupsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild-rollups",
    abstract: "Computes the rollup tables of a data directory again from its readings.",
    discussion: """
      Rollups whose readings have expired stay as they are. Until it is through, questions are answered from readings:
      nothing is wrong meanwhile, or after a crash.
      """)

  @Argument(help: "The data directory, which no server may use meanwhile.") var directory: String
  @Option(help: "zstd level, 1 (fast) to 22 (small).") var level: Int32 = 9

  func validate() throws {
    if !(1...22).contains(level) { throw ValidationError("cannot use level \(level): it must be 1 to 22") }
  }

  func run() throws {
    guard FileSystem.exists(LagoonNames.tables(in: directory)) else {
      throw CommandFailure.failed("cannot rebuild rollups of \(directory): there are no tables")
    }
    do {
      let lock = try DataLock(data: directory)
      try withExtendedLifetime(lock) {
        let catalogue = try Catalogue(data: directory, node: Catalogue.node(of: directory))
        try catalogue.rebuildRollups(CompactionSettings(level: level)) { print($0) }
        if !catalogue.failures.isEmpty {
          for failure in catalogue.failures.values.sorted() { Terminal.say(failure) }
          throw CommandFailure.failed("\(catalogue.failures.count) tables of \(directory) could not be read")
        }
      }
    } catch let error as LagoonError {
      throw CommandFailure.failed("\(error)")
    }
  }
}
