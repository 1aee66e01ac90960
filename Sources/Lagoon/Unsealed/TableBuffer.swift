import Primitives
import Synchronization
import Telemetry

/// One table's series, fields and unsealed rows. Used only under the lock of its seat, which is what makes it sendable,
/// and why the variables that each row touches are not checked for exclusive access a second time.
final class TableBuffer: @unchecked Sendable {
  let name: TableName
  /// Its lock, which is also the lock of the buffer that may take this one's place.
  let seat: TableSeat
  /// nil until the first row has shown how fine the table's times are.
  @exclusivity(unchecked) private var learnedPrecision: TimePrecision?
  private(set) var fields: [FieldIdentity]
  /// By name.
  private(set) var fieldNumbers: [String: Int] = [:]
  let series = SeriesList()
  private var seriesIndex = SeriesIndex()
  /// The newest time seen of each series, in the table's unit.
  @exclusivity(unchecked) private var newestTimes = GrowingSlab<Int64>()
  /// Numbers from here on may be of series that were given back: of those nothing is known up to `newestGivenBackTime`.
  @exclusivity(unchecked) private var firstNumberAnew = Int.max
  @exclusivity(unchecked) private var newestGivenBackTime = Int64.min
  /// How often series were given back.
  private(set) var turn = 0
  /// Of how many series it is worth to look which are idle.
  private var idleLookCount: Int
  /// The buffer that has taken this one's place; nil for nearly ever.
  @exclusivity(unchecked) private(set) var successor: TableBuffer?
  @exclusivity(unchecked) private(set) var generations: [GenerationRows] = []
  /// Rows of generations that are in the parts by now.
  private var droppedRows = 0
  /// How far whoever follows the table has gone, by generation; nil if nobody does.
  private var followed: [UInt64: Int]?
  /// What he has not seen of generations that are in the parts by now.
  private(set) var departed: [MemoryRows] = []
  /// Segments whose rows are in the table's parts already, by lane.
  let sealedSegments: SealedSegments
  /// The newest time in any part, in the table's unit.
  private(set) var newestSealedTime: Int64
  /// The newest time in any part of an earlier process: what this one sealed, its series know.
  private let newestForeignTime: Int64
  /// The newest row of each series whose rows were sealed by this process.
  private(set) var latest = ChunkList()
  /// Rows that may stand in the parts already and are to be looked up there.
  @exclusivity(unchecked) private(set) var late = LateRows()
  /// What is known of instants at which three rows or more of a series are unsealed.
  var contested: [GenerationRows.Instant: ContestedInstant] = [:]
  @exclusivity(unchecked) var contestedGrowthBytes = 0
  @exclusivity(unchecked) private(set) var newestTime = Int64.min
  @exclusivity(unchecked) private(set) var oldestTime = Int64.max

  /// `precision` is what a new table has; nil to learn it from the first row.
  init(
    name: TableName, known: KnownTable?, precision: TimePrecision?, newestSealedTime: Int64?,
    idleLookCount: Int = Limits.seriesLookedAt
  ) {
    self.name = name
    seat = TableSeat()
    self.idleLookCount = idleLookCount
    learnedPrecision = known?.precision ?? precision
    fields = known?.fields ?? []
    sealedSegments = SealedSegments(known?.segments ?? [:])
    self.newestSealedTime = newestSealedTime ?? Int64.min
    newestForeignTime = self.newestSealedTime
    for (number, field) in fields.enumerated() { fieldNumbers[field.name] = number }
  }

  /// The same table with those series alone, in the same order, and those rows as its latest.
  private init(_ former: TableBuffer, keeping isKept: [Bool], latest kept: ChunkList) {
    name = former.name
    seat = former.seat
    learnedPrecision = former.learnedPrecision
    fields = former.fields
    fieldNumbers = former.fieldNumbers
    sealedSegments = former.sealedSegments
    newestSealedTime = former.newestSealedTime
    newestForeignTime = former.newestForeignTime
    newestTime = former.newestTime
    oldestTime = former.oldestTime
    turn = former.turn + 1
    newestGivenBackTime = former.newestGivenBackTime
    idleLookCount = former.idleLookCount
    var numbers = [UInt32](repeating: .max, count: isKept.count)
    let formerSeries = former.series
    for number in isKept.indices {
      if number == former.firstNumberAnew { firstNumberAnew = series.count }
      let newest = former.newestTimes[number]
      if !isKept[number] {
        newestGivenBackTime = max(newestGivenBackTime, newest)
        continue
      }
      numbers[number] = series.append(canonicalKey: formerSeries.canonicalKey(UInt32(number)))
      seriesIndex.insert(formerSeries.canonicalKey(UInt32(number)), number: numbers[number])
      newestTimes.append(newest)
    }
    firstNumberAnew = min(firstNumberAnew, series.count)
    generations = former.generations.map { GenerationRows($0, renumbering: numbers, seriesCount: series.count) }
    (droppedRows, followed, departed) = (former.droppedRows, former.followed, former.departed)
    latest = ChunkList(kept, renumbering: numbers)
    late = LateRows(former.late, renumbering: numbers)
  }

  // MARK: the lock

  /// Runs that on the buffer in force, with the table's lock held.
  @inline(__always)
  func locked<Result: Sendable>(_ body: (TableBuffer) -> Result) -> Result {
    seat.lock.withLock { _ in body(inForce) }
  }

  /// This buffer, or the one that has taken its place. Under the lock.
  private var inForce: TableBuffer {
    var buffer = self
    while let successor = buffer.successor { buffer = successor }
    return buffer
  }

  // MARK: rows

  var precision: TimePrecision { learnedPrecision ?? .milliseconds }

  /// The precision of the table, learned from its first row: microseconds if its time is finer than a millisecond.
  @inline(__always)
  func precision(learningFrom timeNanos: UnixNanos) -> TimePrecision {
    if let learnedPrecision { return learnedPrecision }
    let learned = timeNanos % Nanos.perMillisecond == 0 ? TimePrecision.milliseconds : .microseconds
    learnedPrecision = learned
    return learned
  }

  /// The number of a field, made if it is new: who sent it was told that there is room (see `TableQuota`).
  func fieldNumber(_ field: FieldIdentity) -> Int {
    if let number = fieldNumbers[field.name] {
      if fields[number].unit.isEmpty && !field.unit.isEmpty { fields[number].unit = field.unit }
      return number
    }
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
    newestTimes.append(.min)
    seat.seriesCount = series.count
    return number
  }

  /// The chunk that the next late row goes to, with values in those columns.
  @inline(__always)
  func lateChunk(lacking missingColumns: (RowChunk) -> Int) -> RowChunk {
    late.list.openChunk(lacking: missingColumns)
  }

  /// Notes the row that was just appended to the chunk of late rows.
  func noteLate(_ origin: LateRows.Origin) {
    late.note(origin)
    seat.oldestLateNanos = late.oldestArrivalNanos
  }

  /// What the memory of late rows grew by since the last call, in bytes.
  func takeLateGrowth() -> Int { late.list.takeGrowth() }

  /// Hands out the rows that were set aside. What they are up to must have been noted in the account.
  func takeLateRows() -> LateRows {
    defer {
      late = LateRows()
      seat.oldestLateNanos = .max
    }
    return late
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
    time > newestTimes[Int(series)] && time > newestForeignTime
      && (time > newestGivenBackTime || Int(series) < firstNumberAnew)
  }

  @inline(__always)
  func note(series: UInt32, time: Int64) {
    if time > newestTimes[Int(series)] { newestTimes[Int(series)] = time }
    if time > newestTime { newestTime = time }
    if time < oldestTime { oldestTime = time }
  }

  /// The newest time known of the series.
  func newestTime(of series: UInt32) -> Int64 { newestTimes[Int(series)] }

  /// Whether a row of that time may stand in the parts already.
  @inline(__always)
  func mayBeSealed(series: UInt32, time: Int64) -> Bool {
    time <= newestSealedTime && !isCertainlyNew(series: series, time: time)
  }

  func noteDuplicate(of number: UInt32, in faults: DeviceFaults?) {
    if let faults, !series.isTold(number) { faults.noteDuplicate(series.device(number)) }
  }

  /// What the memory of contested instants grew by since the last call, in bytes, about. It goes with the generation.
  func takeContestedGrowth() -> Int {
    defer { contestedGrowthBytes = 0 }
    return contestedGrowthBytes
  }

  /// What stays of a generation whose rows are in the parts: made without the lock, since the generation is at rest and
  /// only the sealer changes `latest`.
  struct Remains: Sendable {
    var generation: UInt64
    var latest: ChunkList
    var newestTime: Int64
  }

  /// Forgets a generation that is in the parts now.
  func drop(leaving remains: Remains) {
    latest = remains.latest
    newestSealedTime = max(newestSealedTime, remains.newestTime)
    for rows in generations where rows.generation == remains.generation {
      keepUnseen(rows)
      droppedRows += rows.rowCount
    }
    generations.removeAll { $0.generation == remains.generation }
    // Their rows are found in the parts from now on; the others are gathered anew when they are asked for.
    contested = contested.filter { !$0.value.generations.contains(remains.generation) }
  }

  // MARK: who follows

  /// How many rows were ever entered.
  var enteredRows: Int { generations.reduce(droppedRows) { $0 + $1.rowCount } }

  /// Keeps what comes until it was seen.
  ///
  /// - Parameter positions: how many rows of each generation were seen; nil if nobody follows the table any longer.
  func follow(_ positions: [UInt64: Int]?) {
    followed = positions
    departed.removeAll { rows in positions.map { $0[rows.generation] ?? 0 >= rows.endRow } ?? true }
  }

  /// Keeps of a generation that leaves memory what was not seen yet: what came since the last look, as a rule.
  private func keepUnseen(_ rows: GenerationRows) {
    guard let seen = followed?[rows.generation] ?? followed.map({ _ in 0 }), seen < rows.rowCount else { return }
    var first = rows.rowCount
    var place = rows.chunks.count
    while first > seen && place > 0 {
      place -= 1
      first -= rows.chunks[place].count
    }
    departed.append(
      MemoryRows(
        generation: rows.generation, firstRow: first,
        rows: RowSource(chunks: Array(rows.chunks[place...]), series: series, fields: fields, precision: precision)))
    // Whoever does not come for so long finds them in the parts.
    if departed.reduce(0, { $0 + $1.byteCount }) > Limits.departedBytes { departed = [] }
  }

  // MARK: giving series back

  /// A row this much older than the table's newest is of a series that is idle: the first of these that frees half.
  private static let idleNanos = [Nanos.perDay, Nanos.perHour, 10 * Nanos.perMinute]

  /// The table without the series that only its parts speak of and that have been silent for long, if they are most:
  /// the buffer that takes this one's place. What memory held of them is found in the parts.
  func withoutIdleSeries() -> TableBuffer? {
    let rowCount = generations.reduce(late.count) { $0 + $1.rowCount }
    if series.count < idleLookCount || rowCount > Limits.rowsRenumbered { return nil }
    var isBusy = [Bool](repeating: false, count: series.count)
    for chunk in generations.flatMap(\.chunks) + late.list.chunks {
      chunk.withTimes { series, _ in for row in series.indices { isBusy[Int(series[row])] = true } }
    }
    for idle in Self.idleNanos + (series.count > SeriesList.capacity / 4 ? [0] : []) {
      let (oldest, overflow) = newestTime.subtractingReportingOverflow(idle / precision.unitNanos)
      var isKept = isBusy
      for chunk in latest.chunks {
        for row in 0..<chunk.count where idle > 0 && (overflow || chunk.time(row) >= oldest) {
          isKept[Int(chunk.series(row))] = true
        }
      }
      if isKept.count(where: { $0 }) * 2 > series.count { continue }
      var kept = ChunkList()
      for chunk in latest.chunks {
        for row in 0..<chunk.count where isKept[Int(chunk.series(row))] { Self.keep(row, of: chunk, in: &kept) }
      }
      return TableBuffer(self, keeping: isKept, latest: kept)
    }
    idleLookCount = series.count + series.count / 2
    return nil
  }

  /// Gives way to the buffer that was made of this one. Only its series are read from now on, by who knows them by
  /// their former numbers.
  func giveWay(to other: TableBuffer) {
    successor = other
    seat.seriesCount = other.series.count
    generations = []
    latest = ChunkList()
    late = LateRows()
    contested = [:]
    newestTimes = GrowingSlab()
    seriesIndex = SeriesIndex()
  }

  private static func keep(_ row: Int, of chunk: RowChunk, in kept: inout ChunkList) {
    let target = kept.openChunk { open in
      (0..<chunk.columnCount).count { chunk.tag(row, column: $0) != .null && !open.hasColumn($0) }
    }
    kept.noteRow(valueCount: target.appendCopy(of: row, from: chunk))
  }

  /// Each series' newest row of `rows` and of those sealed before.
  static func remains(of rows: GenerationRows, before latest: ChunkList) -> Remains {
    var oldRows = [Int32](repeating: -1, count: rows.seriesRows.count)
    var number: Int32 = 0
    for chunk in latest.chunks {
      for row in 0..<chunk.count {
        let series = Int(chunk.series(row))
        if series < oldRows.count { oldRows[series] = number }
        number += 1
      }
    }
    var newestTime = Int64.min
    var kept = ChunkList()
    var isTaken = [Bool](repeating: false, count: rows.seriesRows.count)
    for number in rows.seriesRows.indices {
      let ends = rows.seriesRows[number]
      if ends.newest == GenerationRows.none { continue }
      let (chunk, row) = rows.chunk(ofRow: ends.newest)
      newestTime = max(newestTime, chunk.time(row))
      if oldRows[number] >= 0 {
        let (before, place) = latest.chunk(ofRow: Int(oldRows[number]))
        if before.time(place) > chunk.time(row) { continue }
      }
      keep(row, of: chunk, in: &kept)
      isTaken[number] = true
    }
    for chunk in latest.chunks {
      for row in 0..<chunk.count {
        let number = Int(chunk.series(row))
        if number >= isTaken.count || !isTaken[number] { keep(row, of: chunk, in: &kept) }
      }
    }
    return Remains(generation: rows.generation, latest: kept, newestTime: newestTime)
  }
}
