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
  private var seriesIndex = SeriesIndex()
  @exclusivity(unchecked) private var states = GrowingSlab<SeriesState>()
  @exclusivity(unchecked) private(set) var generations: [GenerationRows] = []
  /// Segments whose rows are in the table's parts already, by lane.
  let sealedSegments: [String: UInt64]
  /// The newest time in any part, in the table's unit.
  private(set) var newestSealedTime: Int64
  /// The newest time in any part of an earlier process: what this one sealed, its series know.
  private let newestForeignTime: Int64
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
    newestForeignTime = self.newestSealedTime
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
  func seriesNumber(_ canonicalKey: RawSpan) -> UInt32? {
    if let number = seriesIndex.find(canonicalKey, in: series) { return number }
    guard series.count < SeriesList.capacity else { return nil }
    let number = series.append(canonicalKey: canonicalKey)
    seriesIndex.insert(canonicalKey, number: number)
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
    return time > state.newestTime && (state.coversParts || time > newestForeignTime)
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

  /// What stays of a generation whose rows are in the parts: made without the lock, since the generation is at rest and
  /// only the sealer changes `latest`.
  struct Remains: Sendable {
    var generation: UInt64
    var latest: RowChunk
    var newestTime: Int64
  }

  /// Forgets a generation that is in the parts now.
  func drop(leaving remains: Remains) {
    latest = remains.latest
    newestSealedTime = max(newestSealedTime, remains.newestTime)
    generations.removeAll { $0.generation == remains.generation }
  }

  /// Each series' newest row of `rows` and of those sealed before.
  static func remains(of rows: GenerationRows, before latest: RowChunk?) -> Remains {
    var oldRows = [Int32](repeating: -1, count: rows.seriesRows.count)
    var newestTime = Int64.min
    for row in 0..<(latest?.count ?? 0) {
      guard let latest, Int(latest.series(row)) < oldRows.count else { continue }
      oldRows[Int(latest.series(row))] = Int32(row)
    }
    var count = (latest?.count ?? 0)
    for number in rows.seriesRows.indices
    where oldRows[number] < 0 && rows.seriesRows[number].newest != GenerationRows.none { count += 1 }
    let kept = RowChunk(capacity: max(1, count))
    var isTaken = [Bool](repeating: false, count: rows.seriesRows.count)
    for number in rows.seriesRows.indices {
      let ends = rows.seriesRows[number]
      if ends.newest == GenerationRows.none { continue }
      let (chunk, row) = rows.chunk(ofRow: ends.newest)
      newestTime = max(newestTime, chunk.time(row))
      if oldRows[number] >= 0, let latest, latest.time(Int(oldRows[number])) > chunk.time(row) { continue }
      kept.appendCopy(of: row, from: chunk)
      isTaken[number] = true
    }
    for row in 0..<(latest?.count ?? 0) {
      guard let latest else { break }
      let number = Int(latest.series(row))
      if number >= isTaken.count || !isTaken[number] { kept.appendCopy(of: row, from: latest) }
    }
    return Remains(generation: rows.generation, latest: kept, newestTime: newestTime)
  }
}
