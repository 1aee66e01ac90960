import ArgumentParser
import Lagoon
import Node

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Reads every live part of a data directory, checks it against its catalogue, and the audit's chain.",
    discussion: """
      With --repair tables that are damaged are brought back first: a log is made anew from what is left of it and of
      its parts, parts that cannot be read leave their table. Nothing is deleted: what was there before is set aside in
      the table's folder. No server may use the directory meanwhile.
      """)

  @Argument(help: "The data directory.") var directory: String
  @Flag(help: "Bring damaged tables back first.") var repair = false

  func run() throws {
    let problems: [String]
    do {
      if repair { try LagoonRepair.run(data: directory) { print($0) } }
      problems =
        try LagoonVerification.problems(data: directory) { print($0) }
        + AuditVerification.problems(data: directory) { print($0) }
    } catch {
      throw CommandFailure.failed("cannot verify \(directory): \(error)")
    }
    for problem in problems { Terminal.say(problem) }
    if !problems.isEmpty { throw CommandFailure.failed("\(problems.count) problems in \(directory)") }
  }
}
