import Parquet
import Primitives

/// The rollup part of one part under construction: the buckets of row group after row group.
final class RollupWriter {
  let step: StoredStep
  /// There is none as long as there is no bucket.
  private var file: PartFileWriter?
  private let directory: String
  private let level: Int32
  private let profile: EncodingProfile
  private let date: String
  private let partPath: String
  /// The part that is summed up, and whether this one stands for itself once that is gone.
  private let source: String
  private let outlivesSource: Bool
  private var oldest = Int64.max
  private var newest = Int64.min
  private var firstDevice: String?
  private var lastDevice = ""
  /// Filled while the part's columns are made.
  var rows: RollupRows

  /// - Parameters:
  ///   - partPath: relative to the table's folder, `directory`.
  init(
    _ rows: RollupRows, step: StoredStep, directory: String, partPath: String, date: String, source: String,
    outlivesSource: Bool, level: Int32, profile: EncodingProfile
  ) {
    self.source = source
    self.outlivesSource = outlivesSource
    self.rows = rows
    self.step = step
    self.date = date
    self.partPath = partPath
    self.directory = directory
    self.level = level
    self.profile = profile
  }

  private func makeFile() throws(LagoonError) -> PartFileWriter {
    var table = TableState(name: .rollups(step), precision: .microseconds)
    table.schema = RollupColumns.schema
    return try PartFileWriter(
      path: directory + "/" + partPath,
      schema: PartSchema.parquet(
        RollupColumns.schema, used: Array(RollupColumns.schema.columns.indices), precision: .microseconds),
      level: level, profile: profile,
      metadata: PartSchema.metadata(table, RollupColumns.schema)
        + PartSchema.source(source, outlives: outlivesSource))
  }

  /// Takes the buckets that were summed up since the last call, and writes them once they make a row group.
  func take(_ columns: PartColumns) throws(LagoonError) {
    rows.finish(columns)
    if rows.count >= Limits.rowsPerRowGroup { try write() }
  }

  private func write() throws(LagoonError) {
    if rows.count == 0 { return }
    oldest = min(oldest, rows.oldest)
    newest = max(newest, rows.newest)
    // Row groups follow each other by device, as those of the part that is summed up.
    firstDevice = firstDevice ?? rows.firstDevice
    lastDevice = rows.lastDevice
    if file == nil { file = try makeFile() }
    try file?.append(rows.columns(), rowCount: rows.count, sortedBy: [])
    rows.forgetRows()
  }

  /// The part; nil, with nothing left, if its buckets sum up too few readings.
  func finish() throws(LagoonError) -> Part? {
    if !rows.isTooSparse { try write() }
    guard let file, let firstDevice, !rows.isTooSparse else {
      abandon()
      return nil
    }
    try file.finish()
    return Part(
      path: partPath, date: date, rowCount: file.rowCount, byteCount: file.byteCount, oldestTime: oldest,
      newestTime: newest, firstDevice: firstDevice, lastDevice: lastDevice, source: source)
  }

  func abandon() {
    file?.abandon()
    file = nil
  }
}
