import Primitives
import Telemetry

/// One table's series, fields and unsealed rows. Used only under the lock of `UnsealedTables`, which is what makes it
/// sendable, and why the variables that each row touches are not checked for exclusive access a second time.
final class TableBuffer: @unchecked Sendable {
  let name: TableName
  /// nil until the first row has shown how fine the table's times are.
  @exclusivity(unchecked) private var learnedPrecision: TimePrecision?
  private(set) var fields: [FieldIdentity]
  private var fieldNumbers: [String: Int] = [:]
  let series = SeriesList()
  private var seriesNumbers: [SeriesKey: UInt32] = [:]
  @exclusivity(unchecked) private var states = GrowingSlab<SeriesState>()
  @exclusivity(unchecked) private(set) var generations: [GenerationRows] = []
  /// Segments whose rows are in the table's parts already, by lane.
  let sealedSegments: [String: UInt64]
  /// The newest time in any part, in the table's unit.
  @exclusivity(unchecked) var newestSealedTime: Int64
  /// The newest row of each series whose rows were sealed by this process.
  private(set) var latest: RowChunk?
  @exclusivity(unchecked) private(set) var newestTime = Int64.min
  @exclusivity(unchecked) private(set) var oldestTime = Int64.max

  /// What is known of one series.
  struct SeriesState: BitwiseCopyable {
    /// The newest time seen, in the table's unit.
    var newestTime = Int64.min
    /// Whether `newestTime` covers the parts too.
    var coversParts = false
  }

  /// `precision` is what a new table has; nil to learn it from the first row.
  init(name: TableName, known: KnownTable?, precision: TimePrecision?, newestSealedTime: Int64?) {
    self.name = name
    learnedPrecision = known?.precision ?? precision
    fields = known?.fields ?? []
    sealedSegments = known?.segments ?? [:]
    self.newestSealedTime = newestSealedTime ?? Int64.min
    for (number, field) in fields.enumerated() { fieldNumbers[field.name] = number }
  }

  var precision: TimePrecision { learnedPrecision ?? .milliseconds }

  /// The precision of the table, learned from its first row: microseconds if its time is finer than a millisecond.
  @inline(__always)
  func precision(learningFrom timeNanos: UnixNanos) -> TimePrecision {
    if let learnedPrecision { return learnedPrecision }
    let learned = timeNanos % Nanos.perMillisecond == 0 ? TimePrecision.milliseconds : .microseconds
    learnedPrecision = learned
    return learned
  }

  /// The number of a field, made if it is new; nil if the table has as many as it may.
  func fieldNumber(_ field: FieldIdentity) -> Int? {
    if let number = fieldNumbers[field.name] {
      if fields[number].unit.isEmpty && !field.unit.isEmpty { fields[number].unit = field.unit }
      return number
    }
    guard fields.count < Limits.columnsPerTable else { return nil }
    fields.append(field)
    fieldNumbers[field.name] = fields.count - 1
    return fields.count - 1
  }

  /// The number of a series, made if it is new.
  func seriesNumber(_ key: SeriesKey) -> UInt32? {
    if let number = seriesNumbers[key] { return number }
    guard series.count < SeriesList.capacity else { return nil }
    let number = series.append(key)
    seriesNumbers[key] = number
    states.append(SeriesState())
    return number
  }

  func rows(of generation: UInt64) -> GenerationRows {
    if let last = generations.last, last.generation == generation { return last }
    if let rows = generations.first(where: { $0.generation == generation }) { return rows }
    let rows = GenerationRows(generation: generation)
    generations.append(rows)
    generations.sort { $0.generation < $1.generation }
    return rows
  }

  /// Whether a row of that time is newer than all that is known of its series: then it is no duplicate.
  @inline(__always)
  func isCertainlyNew(series: UInt32, time: Int64) -> Bool {
    let state = states[Int(series)]
    return time > state.newestTime && (state.coversParts || time > newestSealedTime)
  }

  @inline(__always)
  func note(series: UInt32, time: Int64) {
    if time > states[Int(series)].newestTime { states[Int(series)].newestTime = time }
    if time > newestTime { newestTime = time }
    if time < oldestTime { oldestTime = time }
  }

  /// Learns from the parts how new the series is, once.
  func coverParts(series: UInt32, sealed: any SealedRows) {
    if states[Int(series)].coversParts { return }
    states[Int(series)].coversParts = true
    if let newest = sealed.newestTime(in: name, of: self.series[series]) {
      states[Int(series)].newestTime = max(states[Int(series)].newestTime, newest)
    }
  }

  /// The newest time known of the series.
  func newestTime(of series: UInt32) -> Int64 {
    states[Int(series)].newestTime
  }

  /// Forgets a generation that is in the parts now, keeping each series' newest row.
  func drop(generation: UInt64) {
    guard let rows = generations.first(where: { $0.generation == generation }) else { return }
    keepLatest(of: rows)
    for chunk in rows.chunks where chunk.count > 0 {
      for row in 0..<chunk.count { newestSealedTime = max(newestSealedTime, chunk.time(row)) }
    }
    generations.removeAll { $0.generation == generation }
  }

  private func keepLatest(of rows: GenerationRows) {
    let kept = RowChunk(capacity: max(1, series.count))
    var taken = [Bool](repeating: false, count: series.count)
    var oldRow: [UInt32: Int] = [:]
    if let latest {
      for row in 0..<latest.count { oldRow[latest.series(row)] = row }
    }
    for number in rows.seriesRows.indices {
      let ends = rows.seriesRows[number]
      if ends.newest == GenerationRows.none { continue }
      let (chunk, row) = rows.chunk(ofRow: ends.newest)
      if let old = oldRow[UInt32(number)], let latest, latest.time(old) > chunk.time(row) { continue }
      kept.appendCopy(of: row, from: chunk)
      taken[number] = true
    }
    if let latest {
      for row in 0..<latest.count where !taken[Int(latest.series(row))] { kept.appendCopy(of: row, from: latest) }
    }
    latest = kept
  }
}
