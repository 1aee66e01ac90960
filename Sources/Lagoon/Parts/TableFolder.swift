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
        if entry.name.hasSuffix(".parquet") { note(entry.name, entry.name) }
      } else if entry.name.hasPrefix("date=") {
        for file in try FileSystem.list(path + "/" + entry.name) where file.name.hasSuffix(".parquet") {
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
      let file = part.split(separator: "/").last.map(String.init) ?? part
      return part.contains("/") && PartName(file)?.node == node && !live.contains(part)
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

/// What a part's file name says: `07-qn-01-42.parquet`.
struct PartName {
  var node: String
  var sequence: UInt64

  init?(_ name: String) {
    guard name.hasSuffix(".parquet") else { return nil }
    let stem = name.dropLast(8)
    guard let dash = stem.lastIndex(of: "-"), let sequence = UInt64(stem[stem.index(after: dash)...]),
      sequence < 1 << 53,
      stem[..<dash].count > 3
    else { return nil }
    node = String(stem[..<dash].dropFirst(3))
    self.sequence = sequence
  }
}
