import Parquet
import Primitives
import Synchronization
import Sys

/// The files of all parts: their names and places, and what memory has of those that were read.
final class PartFiles: PartSite {
  let data: String
  let node: String
  /// `DATA/tables`
  let root: String
  private let nextSequence: Atomic<UInt64>
  private let cache = PartCache()
  /// Columns as they were decoded, for questions about few devices.
  let columns = ColumnCache()
  /// Told of parts that are no longer live.
  private let whenGone: @Sendable (_ parts: [Part], _ table: TableName) -> Void

  /// - Parameter largestSequence: of any part's name.
  init(
    data: String, node: String, largestSequence: UInt64,
    whenGone: @escaping @Sendable (_ parts: [Part], _ table: TableName) -> Void
  ) {
    self.data = data
    self.node = node
    root = LagoonNames.tables(in: data)
    nextSequence = Atomic(largestSequence + 1)
    self.whenGone = whenGone
  }

  /// The node that wrote the parts of a data directory, for who adds to them: the first that a part is named after.
  static func node(of data: String) -> String {
    let root = LagoonNames.tables(in: data)
    for table in (try? FileSystem.list(root)) ?? [] where table.isDirectory {
      for part in (try? TableFolder(root + "/" + table.name))?.parts ?? [] where part.contains("/") {
        if let name = PartName(path: part) { return name.node }
      }
    }
    return "node-01"
  }

  func directory(of table: TableName) -> String { root + "/" + table.directoryName }

  func path(_ part: String, of table: TableName) -> String { directory(of: table) + "/" + part }

  /// Where a new part goes whose first row has that time, in its table's folder.
  func newPath(date: String, oldestTime: Int64, precision: TimePrecision) -> String {
    let sequence = nextSequence.wrappingAdd(1, ordering: .relaxed).oldValue
    return PartName(node: node, sequence: sequence).path(date: date, oldestTime: oldestTime, precision: precision)
  }

  // MARK: reading

  /// The reader of a part, by its path in the folder of its table.
  ///
  /// - Throws: what the file system or `ParquetReader` says, without the path.
  func reader(_ part: String, of table: TableName, precision: TimePrecision) throws -> ParquetReader {
    try cache.reader(path(part, of: table), precision: precision)
  }

  func has(_ part: Part, of table: TableName) -> Bool { FileSystem.exists(path(part.path, of: table)) }

  func resolveStrangers(of table: inout TableState) { table.resolveStrangers(directory: directory(of: table.name)) }

  func forget(_ parts: [Part], of table: TableName) {
    if parts.isEmpty { return }
    for part in parts { cache.forget(path(part.path, of: table)) }
    whenGone(parts, table)
  }

  // MARK: writing

  /// Makes the file of a new part, durable but for its name.
  func store(_ bytes: [UInt8], at part: String, of table: TableName) throws(LagoonError) {
    let path = path(part, of: table)
    do throws(SystemError) {
      try FileSystem.createDirectories(FileSystem.parent(of: path))
      let file = try File(path, .createExclusive)
      do throws(SystemError) {
        try file.write(all: bytes)
        try file.synchronizeData()
      } catch {
        try? FileSystem.unlink(path)
        throw error
      }
    } catch {
      throw LagoonError("write", path, error)
    }
  }

  /// Makes the names of new parts durable: before a commit names them.
  func synchronizeFolders(of parts: [Part], table: TableName) throws(LagoonError) {
    for folder in Set(parts.map { FileSystem.parent(of: path($0.path, of: table)) }) {
      do throws(SystemError) { try FileSystem.synchronizeDirectory(folder) } catch {
        throw LagoonError("write", folder, error)
      }
    }
  }

  /// Removes parts that were never live. What cannot be removed now is removed by the next start.
  func discard(_ parts: [Part], of table: TableName) {
    for part in parts { remove(part.path, of: table) }
  }

  func remove(_ part: String, of table: TableName) { try? FileSystem.unlink(path(part, of: table)) }
}
