import Parquet
import Primitives
import Sys

/// Looks at parts that another program added to a table: whether they can be read as ours are, and what they hold.
enum ForeignPart {
  /// What a part is told to hold, from its footer or, where that is silent, from its columns.
  static func resolved(_ part: Part, directory: String, table: TableState) -> Part {
    var part = part
    if part.unreadable != nil { return part }
    part.isResolved = true
    do {
      let file = try PartFile(path: directory + "/" + part.path)
      if file.byteCount != part.byteCount {
        throw LagoonError("it is damaged: it has \(file.byteCount) bytes, its catalogue says \(part.byteCount)")
      }
      let reader = try PartSchema.arranged(try ParquetReader(file), precision: table.precision)
      try requireFit(reader, table.schema)
      part.rowCount = reader.rowCount
      // One row of each column: what cannot be decoded at all is known now, and not by every question.
      if reader.rowGroups.first?.rowCount ?? 0 > 0 {
        for column in reader.schema.columns.indices {
          _ = try reader.read(column: column, rowGroup: 0, rows: 0..<1)
        }
      }
      for group in reader.rowGroups.indices where reader.rowGroups[group].rowCount > 0 {
        try take(reader, group, into: &part)
      }
      if part.rowCount > 0 {
        for time in [part.oldestTime, part.newestTime]
        where time.multipliedReportingOverflow(by: table.precision.unitNanos).overflow {
          throw LagoonError("its times are not all between the years 1677 and 2262")
        }
      }
    } catch {
      part.unreadable = "\(error)"
    }
    return part
  }

  private static func requireFit(_ reader: ParquetReader, _ schema: TableSchema) throws(LagoonError) {
    var types: [String: ColumnType] = [:]
    for column in reader.schema.columns { types[column.name] = column.type }
    for column in schema.columns {
      if let type = types[column.name], type != column.type {
        throw LagoonError("its column \(column.name) is \(type), the table's \(column.type)")
      }
    }
  }

  private static func take(_ reader: ParquetReader, _ group: Int, into part: inout Part) throws {
    let infos = reader.rowGroups[group].columns
    for (column, info) in zip([TableSchema.device, TableSchema.time], infos) {
      let index = column == TableSchema.device ? 0 : 1
      let nulls = try info.nullCount ?? reader.read(column: index, rowGroup: group).nullCount
      if nulls > 0 { throw LagoonError("its column \(column) has rows without a value") }
    }
    var (first, last): ([UInt8], [UInt8])
    if case .string(let low)? = infos[0].min, case .string(let high)? = infos[0].max {
      (first, last) = (low, high)
      // A bound that was cut need not be text.
      if !infos[0].isMaxExact { last.append(0xFF) }
    } else {
      guard case .string(let names) = try reader.read(column: 0, rowGroup: group).values else { return }
      let all = Set(names.indexes).map { Array(names.entry(Int($0))) }.sorted { $0.lexicographicallyPrecedes($1) }
      (first, last) = (all.first ?? [], all.last ?? [])
    }
    let low: Int64
    let high: Int64
    if case .int64(let oldest)? = infos[1].min, case .int64(let newest)? = infos[1].max {
      (low, high) = (oldest, newest)
    } else {
      guard case .int64(let times) = try reader.read(column: 1, rowGroup: group).values else { return }
      (low, high) = (times.min() ?? .max, times.max() ?? .min)
    }
    let isFirst = part.oldestTime > part.newestTime
    part.oldestTime = min(part.oldestTime, low)
    part.newestTime = max(part.newestTime, high)
    if isFirst || first.lexicographicallyPrecedes(part.firstDevice.utf8) {
      part.firstDevice = String(decoding: first, as: UTF8.self)
    }
    // U+10FFFF stands behind every name that a cut bound may be the beginning of.
    let end = last.last == 0xFF ? String(decoding: last.dropLast(), as: UTF8.self) + "\u{10FFFF}" : nil
    let device = end ?? String(decoding: last, as: UTF8.self)
    if isFirst || part.lastDevice.utf8.lexicographicallyPrecedes(device.utf8) { part.lastDevice = device }
  }
}

extension TableState {
  /// Looks at the parts that other programs added and that were not looked at yet; those that cannot be read become
  /// strangers.
  mutating func resolveStrangers(directory: String) {
    if !parts.contains(where: { $0.foreignAdd != nil && !$0.isResolved }) { return }
    var readable: [Part] = []
    for part in parts {
      if part.foreignAdd == nil || part.isResolved {
        readable.append(part)
        continue
      }
      var found = ForeignPart.resolved(part, directory: directory, table: self)
      // Buckets of rollup parts belong to a part of readings, which only our own catalogue tells.
      if case .rollups = name { found.unreadable = found.unreadable ?? "it does not say what it sums up" }
      if found.unreadable == nil { readable.append(found) } else { strangers.append(found) }
    }
    parts = readable
  }
}
