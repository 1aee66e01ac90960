import ArgumentParser
import Sys

/// The command line: see `thinai --help`.
struct ThinaiCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "thinai",
    abstract: "Receives a province's UDP telemetry, keeps it in open files, answers with rollups.",
    version: Version.text,
    subcommands: [
      ServeCommand.self, ReplayCommand.self, SimulateCommand.self, QueryCommand.self, InspectCommand.self,
      VerifyCommand.self, CompactCommand.self, RebuildRollupsCommand.self, CheckConfigCommand.self, TokenCommand.self,
      ImportCommand.self, WhyCommand.self, DemoCommand.self,
    ])
}

/// The process's entry. Exit codes: 0 done, 1 failed, 2 bad usage or configuration.
@main
enum Entry {
  static func main() {
    ProcessFacts.endAtOnceWhenCrashing()
    let command: any ParsableCommand
    do {
      command = try ThinaiCommand.parseAsRoot()
    } catch {
      Terminal.exit(status(of: error))
    }
    if let asynchronous = command as? any AsyncParsableCommand {
      run(asynchronous)
    } else {
      run(command)
    }
  }

  private static func run(_ command: any ParsableCommand) -> Never {
    var command = command
    do {
      try command.run()
      Terminal.exit(0)
    } catch {
      Terminal.exit(status(of: error))
    }
  }

  /// Runs it on the pool's threads and ends the process with it; this thread only waits.
  private static func run(_ command: any AsyncParsableCommand) -> Never {
    let handed = HandedCommand(command: command)
    Task.detached {
      var command = handed.command
      do {
        try await command.run()
        Terminal.exit(0)
      } catch {
        Terminal.exit(status(of: error))
      }
    }
    while true { Clock.sleep(nanos: 3_600_000_000_000) }
  }

  /// Carries a command to the one task that uses it, which is what makes it safe to send.
  private struct HandedCommand: @unchecked Sendable {
    var command: any AsyncParsableCommand
  }

  /// Says what went wrong and gives the exit code.
  private static func status(of error: any Error) -> Int32 {
    if let failure = error as? CommandFailure {
      if !failure.isSaid { Terminal.say(failure.description) }
      return failure.exitCode
    }
    let code = ThinaiCommand.exitCode(for: error)
    let message = ThinaiCommand.fullMessage(for: error)
    if code == .success {
      Terminal.show(message)
      return 0
    }
    Terminal.say(message)
    return code == .validationFailure ? 2 : 1
  }
}
