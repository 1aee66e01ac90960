import ArgumentParser
import Lagoon

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Reads every live part of a data directory and checks it against its catalogue.")

  @Argument(help: "The data directory.") var directory: String

  func run() throws {
    let problems: [String]
    do {
      problems = try LagoonVerification.problems(data: directory) { print($0) }
    } catch {
      throw CommandFailure.failed("cannot verify \(directory): \(error)")
    }
    for problem in problems { Terminal.say(problem) }
    if !problems.isEmpty { throw CommandFailure.failed("\(problems.count) problems in \(directory)") }
  }
}
