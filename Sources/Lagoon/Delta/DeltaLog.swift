import Primitives
import Sys
import Text

/// A table's Delta log on disk.
///
/// ```
/// _delta_log/00000000000000000000.json    protocol, metaData, add …, txn …: one action a line
/// _delta_log/00000000000000000001.json    add …, remove …, txn …, metaData when columns were added
/// ```
/// A commit is written whole to a temporary file, made durable, and given its name by `link(2)`, which fails if
/// another writer has it already: never by rename, which would not.
struct DeltaLog {
  static let folderName = "_delta_log"

  let tableDirectory: String
  let directory: String

  /// - Parameter folder: another one than Delta's, for a log that is being made.
  init(tableDirectory: String, folder: String = folderName) {
    self.tableDirectory = tableDirectory
    directory = tableDirectory + "/" + folder
  }

  static func fileName(_ version: Int64) -> String {
    version.padded(to: 20) + ".json"
  }

  /// The name of the table's folder.
  var folder: String { tableDirectory.split(separator: "/").last.map(String.init) ?? "" }

  func path(_ version: Int64) -> String { directory + "/" + Self.fileName(version) }

  /// The versions of which there is a commit, in order; nil if there is no log.
  func versions() throws(LagoonError) -> [Int64]? {
    do throws(SystemError) {
      return try FileSystem.list(directory).compactMap { entry in
        entry.name.hasSuffix(".json") && entry.name.utf8.count == 25 ? Int64(entry.name.dropLast(5)) : nil
      }.sorted()
    } catch {
      if !error.isNotFound { throw LagoonError("read", directory, error) }
      if FileSystem.exists(directory) { throw LagoonError("cannot read \(directory): it is no folder") }
      return nil
    }
  }

  /// Reads the newest checkpoint that can be read, and every version after it in order; nil if there is nothing.
  func load(_ name: TableName) throws(LagoonError) -> TableState? {
    guard let versions = try versions() else { return nil }
    let checkpoints: [Int64]
    do throws(SystemError) { checkpoints = try self.checkpoints() } catch {
      throw LagoonError("read", directory, error)
    }
    if versions.isEmpty && checkpoints.isEmpty { return nil }
    var damage: LagoonError?
    for checkpoint in checkpoints {
      do throws(LagoonError) {
        var replay = DeltaReplay(try readCheckpoint(checkpoint, name))
        if versions.last == checkpoint { replay.newestCommit = try? Fingerprint(bytes(checkpoint)) }
        try apply(versions.filter { $0 > checkpoint }, to: &replay)
        return replay.state
      } catch {
        // An older one, or the commits themselves, may still tell all.
        damage = damage ?? error
      }
    }
    if let damage, versions.first != 0 { throw damage }
    var replay = DeltaReplay(name, folder: folder)
    try apply(versions, to: &replay)
    return replay.state
  }

  private func apply(_ versions: [Int64], to replay: inout DeltaReplay) throws(LagoonError) {
    for version in versions {
      guard version == replay.version + 1 else {
        throw LagoonError("version \(replay.version + 1) of its Delta log is missing")
      }
      try apply(version, to: &replay)
    }
  }

  /// Applies the next version.
  private func apply(_ version: Int64, to replay: inout DeltaReplay) throws(LagoonError) {
    let bytes = try bytes(version)
    for line in try Self.lines(bytes, path: path(version)) {
      do throws(LagoonError) { try replay.apply(line) } catch {
        throw LagoonError("cannot read \(path(version)): \(error)")
      }
    }
    replay.newestCommit = Fingerprint(bytes)
    replay.version = version
  }

  /// A commit's bytes.
  func bytes(_ version: Int64) throws(LagoonError) -> [UInt8] {
    do throws(SystemError) { return try File.readWhole(path(version)) } catch {
      throw LagoonError("read", path(version), error)
    }
  }

  /// The actions of a commit. One that is empty, or of which lines were lost, is damaged.
  static func lines(_ bytes: [UInt8], path: String) throws(LagoonError) -> [JSONValue] {
    var actions: [JSONValue] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    for line in lines {
      do throws(JSONReader.Flaw) { actions.append(try JSONReader.read(Array(line))) } catch {
        throw LagoonError("cannot read \(path): it is damaged: \(error)")
      }
    }
    if actions.isEmpty { throw LagoonError("cannot read \(path): it is damaged: it is empty") }
    guard let text = actions[0]["commitInfo"]?[DeltaAction.checkKey]?.text else { return actions }
    if Fingerprint(text) != check(Array(bytes[min(bytes.count, lines[0].endIndex + 1)...])) {
      throw LagoonError("cannot read \(path): it is damaged: its lines are others than were written")
    }
    return actions
  }

  private static func check(_ lines: [UInt8]) -> Fingerprint { Fingerprint(lines) }

  /// A commit's bytes: what it says of itself first, then its actions.
  static func bytes(_ actions: [JSONValue], operation: String, nowMillis: Int64) -> [UInt8] {
    var rest: [UInt8] = []
    for action in actions {
      action.append(to: &rest)
      rest.append(UInt8(ascii: "\n"))
    }
    var bytes: [UInt8] = []
    DeltaAction.commitInfo(operation: operation, check: check(rest), nowMillis: nowMillis).append(to: &bytes)
    return bytes + [UInt8(ascii: "\n")] + rest
  }

  /// The table with what others committed since, if its newest version is still what it was.
  ///
  /// Throws where the log is no longer what memory knows: then nothing may be built on it.
  func following(_ table: TableState) throws(LagoonError) -> TableState {
    if let known = table.newestCommit {
      do throws(LagoonError) {
        if Fingerprint(try bytes(table.version)) != known {
          throw LagoonError("\(path(table.version)) is damaged: it is another commit than was written")
        }
      } catch {
        // Cleaned up by another program, which a checkpoint makes up for.
        let isCovered = ((try? checkpoints()) ?? []).contains { $0 >= table.version }
        if FileSystem.exists(path(table.version)) || !isCovered { throw error }
      }
    }
    if !FileSystem.exists(path(table.version + 1)) { return table }
    var replay = DeltaReplay(table)
    while FileSystem.exists(path(replay.version + 1)) { try apply(replay.version + 1, to: &replay) }
    // What is built on them must not outlast them.
    do throws(SystemError) { try FileSystem.synchronizeDirectory(directory) } catch {
      throw LagoonError("write", directory, error)
    }
    return replay.state
  }

  /// What became of a commit that was tried.
  enum CommitOutcome: Equatable {
    case done
    /// Somebody else wrote that version.
    case conflict
  }

  /// Makes a version of those bytes. Throws, with nothing changed, if it cannot be written; `mayBeCommitted` if it is
  /// written and may not outlast a loss of power.
  func commit(_ bytes: [UInt8], version: Int64) throws(LagoonError) -> CommitOutcome {
    do throws(SystemError) {
      // The log of a table that has versions is never made anew: it would be another one.
      if version == 0 { try FileSystem.createDirectories(directory) }
      try write(bytes, to: path(version)) { temporary, path throws(SystemError) in
        try FileSystem.link(from: temporary, to: path)
        try? FileSystem.unlink(temporary)
      }
    } catch {
      if error.code == ErrorNumber.exists && error.call == .link { return .conflict }
      throw LagoonError("commit", tableDirectory, error)
    }
    do throws(SystemError) { try FileSystem.synchronizeDirectory(directory) } catch {
      var failure = LagoonError("commit", tableDirectory, error)
      failure.mayBeCommitted = true
      throw failure
    }
    return .done
  }

  /// Makes bytes durable in a temporary file, then has `name` give it its name. On failure nothing of it is left.
  func write(
    _ bytes: [UInt8], to path: String, name: (_ temporary: String, _ path: String) throws(SystemError) -> Void
  ) throws(SystemError) {
    let temporary = DataDirectory.temporary(of: path + ".\(ProcessFacts.processId)")
    if FileSystem.exists(temporary) { try FileSystem.unlink(temporary) }
    do throws(SystemError) {
      let file = try File(temporary, .createExclusive)
      try file.write(all: bytes)
      try file.synchronizeData()
      try name(temporary, path)
    } catch {
      try? FileSystem.unlink(temporary)
      throw error
    }
  }

  /// Removes what a commit that was interrupted left behind.
  func removeLeftovers() {
    guard let entries = try? FileSystem.list(directory) else { return }
    // Not another program's, which may be at work.
    for entry in entries where DataDirectory.isTemporary(entry.name) && !entry.name.hasPrefix("_commit_") {
      try? FileSystem.unlink(directory + "/" + entry.name)
    }
  }
}
