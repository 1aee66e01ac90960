import Parquet
import Sys

/// The files of a table's folder, whatever its log says.
struct TableFolder {
  /// `DATA/tables/<folder>`
  let path: String
  /// Paths of parts in `date=` folders and at the root, relative to the folder.
  private(set) var parts: [String] = []
  /// The largest sequence in any of our parts' names.
  private(set) var largestSequence: UInt64 = 0

  init(_ path: String) throws(SystemError) {
    self.path = path
    for entry in try FileSystem.list(path) {
      if !entry.isDirectory {
        if LagoonNames.isPart(entry.name) { note(entry.name, entry.name) }
      } else if LagoonNames.date(ofFolder: entry.name) != nil {
        for file in try FileSystem.list(path + "/" + entry.name) where LagoonNames.isPart(file.name) {
          note(entry.name + "/" + file.name, file.name)
        }
      }
    }
  }

  private mutating func note(_ path: String, _ file: String) {
    parts.append(path)
    if let name = PartName(file) { largestSequence = max(largestSequence, name.sequence) }
  }

  /// Parts of a node that are not live.
  func orphans(node: String, live: Set<String>) -> [String] {
    parts.filter { part in
      part.contains("/") && PartName(path: part)?.node == node && !live.contains(part)
    }
  }

  /// The measurement that the parts themselves are named after.
  var measurement: String? {
    for part in parts.prefix(8) {
      guard let file = try? PartFile(path: path + "/" + part), let reader = try? ParquetReader(file) else { continue }
      if let name = reader.metadata.first(where: { $0.0 == PartSchema.tableKey })?.1 { return name }
    }
    return nil
  }
}
