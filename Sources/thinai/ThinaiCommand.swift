import ArgumentParser

/// The command line: see `thinai --help`.
@main
struct ThinaiCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "thinai",
    abstract: "Receives a province's UDP telemetry, keeps it in open files, answers with rollups.",
    version: Version.text,
    subcommands: [
      ServeCommand.self, ReplayCommand.self, SimulateCommand.self, QueryCommand.self, InspectCommand.self,
      VerifyCommand.self, CheckConfigCommand.self, DemoCommand.self,
    ])

  /// Exit codes: 0 done, 1 failed, 2 bad usage or configuration.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let failure as CommandFailure {
      Terminal.say(failure.description)
      Terminal.exit(failure.exitCode)
    } catch {
      let code = exitCode(for: error)
      let message = fullMessage(for: error)
      if code == .success { print(message) } else { Terminal.say(message) }
      Terminal.exit(code == .success ? 0 : code == .validationFailure ? 2 : 1)
    }
  }
}
