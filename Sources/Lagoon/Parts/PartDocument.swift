import Parquet
import Primitives
import Sys

/// A part as its own file tells of it, for who must do without the Delta log.
struct PartDocument {
  var part: Part
  /// The measurement or table that it was written for.
  var tableName: String
  var columns: [StoredColumn]
  var precision: TimePrecision
  /// Whether it is for readers that know PLAIN and dictionaries only.
  var isCompatible: Bool
  /// How far each lane's journal is in it.
  var segments: [String: UInt64]

  /// Reads all of the file: what is damaged anywhere is no document.
  ///
  /// - Parameter path: relative to the table's folder.
  init(path: String, directory: String) throws {
    let file = try PartFile(path: directory + "/" + path)
    let reader = try ParquetReader(file)
    guard reader.isOurs else { throw LagoonError("another program wrote it") }
    try reader.verify()
    let metadata = Dictionary(reader.metadata, uniquingKeysWith: { first, _ in first })
    guard let tableName = metadata[PartSchema.tableKey] else { throw LagoonError("it does not say whose it is") }
    self.tableName = tableName
    columns = try Self.columns(metadata[PartSchema.columnsKey], reader.schema)
    precision = reader.schema.columns.dropFirst().first?.type == .timestampMicros ? .microseconds : .milliseconds
    isCompatible = metadata[PartSchema.compatibleKey] != nil
    segments = [:]
    if let text = metadata[PartSchema.segmentsKey], let members = try? JSONReader.read(text).members {
      for member in members { segments[member.name] = member.value.integer.map { UInt64(clamping: $0) } }
    }
    let folder = path.split(separator: "/").first.map(String.init) ?? ""
    part = Part(
      path: path, date: LagoonNames.date(ofFolder: folder) ?? "", rowCount: reader.rowCount,
      byteCount: file.byteCount, oldestTime: .max, newestTime: .min, firstDevice: "", lastDevice: "",
      source: metadata[PartSchema.sourceKey])
    part.outlivesSource = metadata[PartSchema.outlivesKey] != nil
    var devices: [String] = []
    for group in reader.rowGroups.indices where reader.rowGroups[group].rowCount > 0 {
      guard case .string(let names) = try reader.read(column: 0, rowGroup: group).values,
        case .int64(let times) = try reader.read(column: 1, rowGroup: group).values
      else { throw LagoonError("its device and time columns are of other types") }
      devices += Set(names.indexes).map { String(decoding: names.entry(Int($0)), as: UTF8.self) }
      part.oldestTime = min(part.oldestTime, times.min() ?? .max)
      part.newestTime = max(part.newestTime, times.max() ?? .min)
    }
    devices.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard let first = devices.first, let last = devices.last else { throw LagoonError("it has no rows") }
    part.firstDevice = first
    part.lastDevice = last
  }

  /// The columns of the table when the part was written, as far as the part has them: their types are the file's.
  private static func columns(_ text: String?, _ schema: ParquetSchema) throws(LagoonError) -> [StoredColumn] {
    guard let text, let entries = (try? JSONReader.read(text))?.elements else {
      throw LagoonError("it does not say what its columns are")
    }
    var types: [String: ColumnType] = [:]
    for column in schema.columns { types[column.name] = column.type }
    return entries.compactMap { entry in
      guard let name = entry["column"]?.text, let wireName = entry["name"]?.text,
        let role = entry["role"]?.text.flatMap(StoredColumn.Role.init), let type = types[name]
      else { return nil }
      return StoredColumn(name: name, wireName: wireName, role: role, type: type, unit: entry["unit"]?.text ?? "")
    }
  }
}
