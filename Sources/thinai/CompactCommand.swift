import ArgumentParser
import Lagoon
import Primitives
import Sys

struct CompactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Makes the parts of a data directory as few and small as they get, at once.",
    discussion: """
      A running server does the same hour by hour. Rows that are still in the journal stay there. Replaced parts are
      removed at once: let no reader be at work.
      """)

  @Argument(help: "The data directory, which no server may use meanwhile.") var directory: String
  @Option(help: "zstd level, 1 (fast) to 22 (small). Parts compacted at a lower level are rewritten.") var level:
    Int32 =
      9
  @Option(help: "A further table whose parts are for readers that know PLAIN and dictionaries only; * is all.")
  var compat: [String] = []

  func validate() throws {
    if !(1...22).contains(level) { throw ValidationError("cannot use level \(level): it must be 1 to 22") }
  }

  func run() throws {
    guard FileSystem.exists(LagoonNames.tables(in: directory)) else {
      throw CommandFailure.failed("cannot compact \(directory): there are no tables")
    }
    do {
      let lock = try DataLock(data: directory)
      try withExtendedLifetime(lock) {
        let catalogue = try Catalogue(
          data: directory, node: Catalogue.node(of: directory), compatible: .asTheyAre(and: Set(compat)))
        let settings = CompactionSettings(level: level, threads: ProcessFacts.processors)
        try catalogue.compactAll(nowNanos: Clock.realtimeNanos(), settings) { print($0) }
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
