import Parquet
import Primitives
import Telemetry

/// Makes one part of several of a table, sorted, with rows that say the same made one, and rows of one instant with
/// disjoint fields joined. Takes span after span of devices into memory, so that the size of the parts does not matter.
///
///     parts ──scan, one span──▶ rows ──sort, join──▶ columns ──▶ row group of the new part
///                                                       └──────▶ buckets of its rollup parts
struct PartMerge {
  /// What came of it.
  struct Result: Sendable {
    /// nil if no row was left.
    var part: Part?
    var rollups: [(step: StoredStep, part: Part)] = []
    /// Rows that said what another one did, or were joined with it.
    var joinedRows = 0
  }

  let files: PartFiles
  let table: TableState
  let parts: [Part]
  let level: Int32
  let profile: EncodingProfile
  /// Rows of other times are left out, in the table's unit.
  let times: Range<Int64>
  /// The part that rollup parts are made for, if they alone are made.
  let rollupsOf: Part?

  private var readers: [ParquetReader] = []
  /// The schema's columns that any of the parts has.
  private var used: [Int] = []
  private var schema: TableSchema

  init(
    _ files: PartFiles, table: TableState, parts: [Part], level: Int32, profile: EncodingProfile,
    times: Range<Int64> = .min..<Int64.max, rollupsOf: Part? = nil
  ) throws {
    self.files = files
    self.table = table
    // Of rows of one instant those that came first stand first.
    self.parts = parts.sorted { ($0.modifiedMillis, $0.path) < ($1.modifiedMillis, $1.path) }
    self.level = level
    self.profile = profile
    self.times = times
    self.rollupsOf = rollupsOf
    schema = table.readingSchema
    readers = try self.parts.map { part in
      do {
        return try files.reader(part.path, of: table.name, precision: table.precision)
      } catch {
        throw LagoonError("cannot read part \(part.path): \(error)")
      }
    }
    let names = Set(readers.flatMap { $0.schema.columns.map(\.name) })
    // Parts of older versions have no column of a field whose values are all in siblings.
    let present = schema.columns.filter { names.contains($0.name) }
    let fields = Set(present.filter { !$0.isPrimary }.map(\.wireName))
    let changed = Set(present.filter { Self.isOfAnotherType($0, readers) }.map(\.wireName))
    used = schema.columns.indices.filter { index in
      let column = schema.columns[index]
      if names.contains(column.name) { return true }
      if column.role == .field { return fields.contains(column.wireName) }
      // What a column of another type had exactly may not fit the new one.
      return (column.role == .exact || column.role == .text) && changed.contains(column.wireName)
    }
  }

  private static func isOfAnotherType(_ column: StoredColumn, _ readers: [ParquetReader]) -> Bool {
    readers.contains { reader in
      reader.schema.index(of: column.name).map { reader.schema.columns[$0].type != column.type } ?? false
    }
  }

  /// Writes the new part and its rollup parts, of which nothing is committed; nil, with nothing left of them, if it was
  /// told to stop.
  func run(shouldStop: () -> Bool) throws -> Result? {
    let mostRows = MergeSpans.rows(columnCount: used.count + TableSchema.fixedCount)
    let spans = try MergeSpans.spans(of: readers, mostRows: mostRows)
    let output = try MergeOutput(self, used: used)
    do {
      for span in spans {
        if shouldStop() {
          output.abandon()
          return nil
        }
        try merge(span, mostRows: mostRows, into: output)
      }
      var result = try output.finish()
      result.joinedRows += parts.reduce(0) { $0 + $1.rowCount } - (result.part?.rowCount ?? 0)
      return result
    } catch {
      output.abandon()
      throw error
    }
  }

  private func merge(_ span: DeviceSpan?, mostRows: Int, into output: MergeOutput) throws {
    var sources: [RowSource] = []
    for (part, reader) in zip(parts, readers) {
      if let span, !span.overlaps(Array(part.firstDevice.utf8)[...], Array(part.lastDevice.utf8)[...]) { continue }
      var scan = PartScan(reader: reader, schema: schema, precision: table.precision, span: span, keepsScale: true)
      if part.oldestTime < times.lowerBound || part.newestTime >= times.upperBound { scan.times = times }
      do { sources.append(try scan.run()) } catch {
        throw LagoonError("cannot read part \(part.path): \(error)")
      }
    }
    var columns = PartColumns(sources, schema: schema)
    for start in stride(from: 0, to: columns.order.places.count, by: mostRows) {
      let end = min(start + mostRows, columns.order.places.count)
      try output.append(&columns, Array(UInt32(start)..<UInt32(end)))
    }
  }
}
