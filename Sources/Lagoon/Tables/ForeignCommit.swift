/// A commit that another program made, as it tells of itself.
struct ForeignCommit: Hashable, Sendable, CustomStringConvertible {
  var version: Int64
  /// Such as `delta-rs:py-1.2.1`; empty if it does not say.
  var program = ""
  /// Such as `OPTIMIZE`; empty if it does not say.
  var operation = ""

  /// Who we are to others.
  static let ours = "ThiNai"
  private static let wordBytes = 64

  init(version: Int64, program: String = "", operation: String = "") {
    self.version = version
    self.program = program
    self.operation = operation
  }

  /// nil if the commit is ours.
  init?(version: Int64, _ lines: [JSONValue]) {
    let info = lines.lazy.compactMap { $0["commitInfo"] }.first
    func word(_ name: String) -> String {
      String(decoding: (info?[name]?.text ?? "").utf8.prefix(Self.wordBytes), as: UTF8.self)
    }
    let (engine, client) = (word("engineInfo"), word("clientVersion"))
    if engine == Self.ours { return nil }
    self.init(version: version, program: engine.isEmpty ? client : engine, operation: word("operation"))
  }

  /// `version 7 by delta-rs: OPTIMIZE`
  var description: String {
    "version \(version) by \(program.isEmpty ? "another program" : program)"
      + (operation.isEmpty ? "" : ": \(operation)")
  }
}
