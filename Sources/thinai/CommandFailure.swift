/// Why a command ends without having done its work.
struct CommandFailure: Error, CustomStringConvertible {
  var description: String
  var exitCode: Int32
  /// Whether the log has it already.
  var isSaid = false

  /// The work failed: exit code 1.
  static func failed(_ description: String) -> CommandFailure {
    CommandFailure(description: description, exitCode: 1)
  }

  /// The command or the configuration makes no sense: exit code 2.
  static func misuse(_ description: String) -> CommandFailure {
    CommandFailure(description: description, exitCode: 2)
  }
}
