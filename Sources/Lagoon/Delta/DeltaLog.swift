import Primitives
import Sys

/// A table's Delta log on disk.
///
/// ```
/// _delta_log/00000000000000000000.json    protocol, metaData, add …, txn …: one action a line
/// _delta_log/00000000000000000001.json    add …, remove …, txn …, metaData when columns were added
/// ```
/// A commit is written whole to a temporary file, made durable, and given its name by `link(2)`, which fails if
/// another writer has it already: never by rename, which would not.
struct DeltaLog {
  let tableDirectory: String
  var directory: String { tableDirectory + "/_delta_log" }

  init(tableDirectory: String) {
    self.tableDirectory = tableDirectory
  }

  static func fileName(_ version: Int64) -> String {
    let digits = String(version)
    return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + ".json"
  }

  /// Reads the newest checkpoint that can be read, and every version after it in order; nil if there is nothing.
  func load(_ name: TableName) throws(LagoonError) -> TableState? {
    var versions: [Int64] = []
    let checkpoints: [Int64]
    do throws(SystemError) {
      for entry in try FileSystem.list(directory) where entry.name.hasSuffix(".json") && entry.name.utf8.count == 25 {
        if let version = Int64(entry.name.dropLast(5)) { versions.append(version) }
      }
      checkpoints = try self.checkpoints()
    } catch {
      if error.isNotFound { return nil }
      throw LagoonError("read", directory, error)
    }
    if versions.isEmpty && checkpoints.isEmpty { return nil }
    versions.sort()
    var damage: LagoonError?
    for checkpoint in checkpoints {
      do throws(LagoonError) {
        var replay = DeltaReplay(try readCheckpoint(checkpoint, name))
        try apply(versions.filter { $0 > checkpoint }, of: name, to: &replay)
        return replay.state
      } catch {
        // An older one, or the commits themselves, may still tell all.
        damage = damage ?? error
      }
    }
    if let damage, versions.first != 0 { throw damage }
    var replay = DeltaReplay(name)
    try apply(versions, of: name, to: &replay)
    return replay.state
  }

  private func apply(
    _ versions: [Int64], of name: TableName, to replay: inout DeltaReplay
  ) throws(LagoonError) {
    for version in versions {
      guard version == replay.version + 1 else {
        throw LagoonError(
          "cannot read table \(name.displayName): version \(replay.version + 1) of its Delta log is missing")
      }
      try apply(version, to: &replay)
      replay.version = version
    }
  }

  private func apply(_ version: Int64, to replay: inout DeltaReplay) throws(LagoonError) {
    let path = directory + "/" + Self.fileName(version)
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try File.readWhole(path)
    } catch {
      throw LagoonError("read", path, error)
    }
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let value: JSONValue
      do throws(JSONReader.Flaw) {
        value = try JSONReader.read(Array(line))
      } catch {
        throw LagoonError("cannot read \(path): \(error)")
      }
      do throws(LagoonError) {
        try replay.apply(value)
      } catch {
        throw LagoonError("cannot read \(path): \(error)")
      }
    }
  }

  /// Makes a version of those lines. Throws, with nothing changed, if it cannot be written, or if somebody else
  /// wrote that version.
  func commit(_ lines: [JSONValue], version: Int64) throws(SystemError) {
    var bytes: [UInt8] = []
    for line in lines {
      line.append(to: &bytes)
      bytes.append(UInt8(ascii: "\n"))
    }
    try FileSystem.createDirectories(directory)
    try write(bytes, to: directory + "/" + Self.fileName(version)) { temporary, path throws(SystemError) in
      try FileSystem.link(from: temporary, to: path)
      try? FileSystem.unlink(temporary)
    }
    try FileSystem.synchronizeDirectory(directory)
  }

  /// Makes bytes durable in a temporary file, then has `name` give it its name. On failure nothing of it is left.
  func write(
    _ bytes: [UInt8], to path: String, name: (_ temporary: String, _ path: String) throws(SystemError) -> Void
  ) throws(SystemError) {
    let temporary = path + ".\(ProcessFacts.processId).tmp"
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
    for entry in entries where entry.name.hasSuffix(".tmp") { try? FileSystem.unlink(directory + "/" + entry.name) }
  }
}
