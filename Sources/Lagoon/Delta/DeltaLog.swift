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
  private var directory: String { tableDirectory + "/_delta_log" }

  init(tableDirectory: String) {
    self.tableDirectory = tableDirectory
  }

  static func fileName(_ version: Int64) -> String {
    let digits = String(version)
    return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + ".json"
  }

  /// Reads every version in order; nil if there is none.
  func load(_ name: TableName) throws(LagoonError) -> TableState? {
    var versions: [Int64] = []
    do throws(SystemError) {
      for entry in try FileSystem.list(directory) where entry.name.hasSuffix(".json") && entry.name.utf8.count == 25 {
        if let version = Int64(entry.name.dropLast(5)) { versions.append(version) }
      }
    } catch {
      if error.isNotFound { return nil }
      throw LagoonError("read", directory, error)
    }
    if versions.isEmpty { return nil }
    var table = TableState(name: name, precision: .milliseconds)
    for version in versions.sorted() {
      guard version == table.version + 1 else {
        throw LagoonError(
          "cannot read table \(name.displayName): version \(table.version + 1) of its Delta log is missing")
      }
      try apply(version, to: &table)
      table.version = version
    }
    return table
  }

  private func apply(_ version: Int64, to table: inout TableState) throws(LagoonError) {
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
        try DeltaAction.apply(value, to: &table)
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
    let path = directory + "/" + Self.fileName(version)
    let temporary = path + ".\(ProcessFacts.processId).tmp"
    if FileSystem.exists(temporary) { try FileSystem.unlink(temporary) }
    do {
      let file = try File(temporary, .createExclusive)
      try file.write(all: bytes)
      try file.synchronizeData()
      try FileSystem.link(from: temporary, to: path)
    } catch {
      try? FileSystem.unlink(temporary)
      throw error
    }
    try? FileSystem.unlink(temporary)
    try FileSystem.synchronizeDirectory(directory)
  }

  /// Removes what a commit that was interrupted left behind.
  func removeLeftovers() {
    guard let entries = try? FileSystem.list(directory) else { return }
    for entry in entries where entry.name.hasSuffix(".tmp") { try? FileSystem.unlink(directory + "/" + entry.name) }
  }
}
