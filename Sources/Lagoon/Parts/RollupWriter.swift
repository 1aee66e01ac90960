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
  private var oldest = Int64.max
  private var newest = Int64.min
  private var firstDevice: String?
  private var lastDevice = ""
  /// Filled while the part's columns are made.
  var rows: RollupRows

  /// - Parameters:
  ///   - partPath: relative to the table's folder, `directory`.
  init(
    _ rows: RollupRows, step: StoredStep, directory: String, partPath: String, date: String, level: Int32,
    profile: EncodingProfile
  ) {
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
    table.schema = RollupRows.schema
    return try PartFileWriter(
      path: directory + "/" + partPath,
      schema: PartSchema.parquet(
        RollupRows.schema, used: Array(RollupRows.schema.columns.indices), precision: .microseconds),
      level: level, profile: profile, metadata: PartSchema.metadata(table, RollupRows.schema))
  }

  /// Writes the buckets that were summed up since the last call.
  func write(_ columns: PartColumns) throws(LagoonError) {
    rows.finish(columns)
    if rows.count == 0 { return }
    oldest = min(oldest, rows.oldest)
    newest = max(newest, rows.newest)
    firstDevice = firstDevice ?? rows.firstDevice
    lastDevice = rows.lastDevice
    if file == nil { file = try makeFile() }
    try file?.append(rows.columns, rowCount: rows.count)
    rows.forgetRows()
  }

  /// The part; nil, with nothing left, if its buckets sum up too few readings.
  func finish(source: String) throws(LagoonError) -> Part? {
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
