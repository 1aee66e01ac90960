public import Primitives
public import Rollups
import Telemetry

/// What the readings of one field over the last so long add up to, by device, kept from look to look: each reading is
/// gone through once, whatever the window's length and however often it is asked for.
///
/// ```
///        since                                        now
///          |----.----.----. … .----.----.----.----.----|----)      slices
/// ```
///
/// A window begins and ends with a slice: it is longer than it is said to be, by less than two slices.
///
/// What came before it was begun is read once: all in memory, and as much of the parts as is worth it. A window that
/// reaches back farther cannot be asked yet.
public struct DeviceWindow {
  public let measurement: String
  public let field: String
  /// How long it is, and how long each slice.
  public let lengthNanos: Int64
  public let sliceNanos: Int64
  private let needs: BucketNeeds
  private var slots = DeviceSlots()
  /// By their number, round and round.
  private var slices: [WindowSlice] = []
  /// The slice of now; nil before the first look.
  private var newest: Int64?
  private var cursor = RowCursor()
  /// Of readings before it some are missing.
  private var completeSince = UnixNanos.min
  /// Readings of slices to come.
  private var pending: [Pending] = []
  /// When the time comes of the first that was not kept.
  private var anewAt = UnixNanos.max

  private struct Pending {
    var value: Double
    var mantissa: Int64
    var time: UnixNanos
    var slot: Int32
    var owner: UInt32
    var scale: Int8
  }

  /// Slices of a window.
  public static let sliceCount = 30

  /// nil for what has to be asked of all readings each time: aggregates that do not merge, windows that are long.
  public init?(measurement: String, field: String, lengthNanos: Int64, aggregates: [Aggregate]) {
    guard aggregates.allSatisfy(Self.canFollow), lengthNanos > 0, lengthNanos <= Limits.followedWindowNanos else {
      return nil
    }
    self.measurement = measurement
    self.field = field
    self.lengthNanos = lengthNanos
    sliceNanos = max(1, (lengthNanos + Int64(Self.sliceCount) - 1) / Int64(Self.sliceCount))
    needs = BucketNeeds(aggregates)
  }

  /// Whether an aggregate of a window is made of those of its slices.
  public static func canFollow(_ aggregate: Aggregate) -> Bool {
    switch aggregate {
    case .count, .sum, .average, .minimum, .maximum, .last: true
    case .first, .standardDeviation, .increase, .rate, .distinct, .quantile: false
    }
  }

  /// How far it went through the table's rows in memory.
  public var positions: [UInt64: Int] { cursor.positions }

  /// The devices by number.
  public var devices: [String] { slots.devices }

  /// The number of a device; nil if nothing came of it since it was begun.
  public func number(of device: String) -> Int? { slots.number(of: device) }

  /// Memory held, in bytes, about.
  public var byteCount: Int {
    slices.reduce(slots.byteCount + pending.capacity * MemoryLayout<Pending>.stride) { $0 + $1.byteCount }
  }

  /// The range of time that it adds up; nil before the first look.
  public var span: Range<UnixNanos>? {
    newest.map { ($0 - Int64(Self.sliceCount)) * sliceNanos ..< ($0 + 1) * sliceNanos }
  }

  /// What the readings of the window add up to; nil while it does not know all of them.
  public func sums() -> WindowSums? {
    guard let span, span.lowerBound >= completeSince else { return nil }
    var sums = WindowSums(slots: slots.devices.count, needs: needs)
    for slice in slices { sums.merge(slice) }
    return sums
  }

  /// How often it was begun: then its devices have other numbers.
  public private(set) var beginnings = 0

  /// Gives back what it holds. It is begun anew with the next look.
  public mutating func forget() {
    newest = nil
    (slots, slices, pending, cursor) = (DeviceSlots(), [], [], RowCursor())
    beginnings += 1
  }

  // MARK: taking rows

  /// Goes to `now` and through what came since the last time.
  ///
  /// - Throws: what the reader throws, or `QueryError.unreadableTable`; then it is begun anew the next time.
  public mutating func advance(on view: LagoonView, to now: UnixNanos) throws {
    let name = TableName.readings(measurement)
    if let cause = view.unreadable[name] {
      newest = nil
      throw QueryError.unreadableTable(measurement, cause: cause)
    }
    let current = flooredDivision(now, by: sliceNanos)
    let table = view.tables[name] ?? TableView(name: name, parts: [], unsealed: [])
    guard let known = newest, current >= known, (current + 1) * sliceNanos <= anewAt else { return try begin(on: table, view.reader, at: current) }
    move(from: known, to: current)
    var taken: [RowCursor.Rows] = []
    if !cursor.advance(over: table, { taken.append($0) }) { return try begin(on: table, view.reader, at: current) }
    for rows in taken { add(rows.chunk, from: rows.first, of: table.memory[rows.source].rows) }
  }

  /// Makes room for the slices that begin, and takes what waited for them.
  private mutating func move(from known: Int64, to current: Int64) {
    if current == known { return }
    for number in max(known + 1, current - Int64(Self.sliceCount))...current { slices[place(number)].clear(number: number) }
    newest = current
    if pending.isEmpty { return }
    let end = (current + 1) * sliceNanos
    let due = pending.filter { $0.time < end }
    if due.isEmpty { return }
    pending.removeAll { $0.time < end }
    for reading in due {
      let number = flooredDivision(reading.time, by: sliceNanos)
      if number < current - Int64(Self.sliceCount) { continue }
      slices[place(number)].add(
        reading.value, mantissa: reading.mantissa, scale: Int(reading.scale), at: reading.time, of: reading.owner,
        to: Int(reading.slot))
    }
  }

  private func place(_ number: Int64) -> Int {
    let count = Int64(Self.sliceCount + 1)
    return Int(number - flooredDivision(number, by: count) * count)
  }

  /// Begins anew with what is there.
  private mutating func begin(on table: TableView, _ reader: any PartReading, at current: Int64) throws {
    forget()
    anewAt = .max
    slices = [WindowSlice](repeating: WindowSlice(number: .min, needs: needs), count: Self.sliceCount + 1)
    let oldest = current - Int64(Self.sliceCount)
    for number in oldest...current { slices[place(number)].clear(number: number) }
    newest = current
    do {
      completeSince = try addParts(of: table, from: oldest * sliceNanos, reader)
    } catch {
      newest = nil
      throw error
    }
    for source in table.unsealed {
      for chunk in source.chunks { add(chunk, from: 0, of: source) }
    }
    cursor.settle(on: table)
  }

  /// Adds the rows of parts, the newest first, as long as they are few.
  ///
  /// - Returns: since when none is missing.
  private mutating func addParts(
    of table: TableView, from oldest: UnixNanos, _ reader: any PartReading
  ) throws -> UnixNanos {
    var chosen: [QueryPart] = []
    var rows = 0
    var complete = UnixNanos.min
    let horizon = oldest + lengthNanos + Self.aheadNanos
    for part in table.parts.sorted(by: { $0.newest > $1.newest }) where part.newest >= oldest {
      if part.oldest > horizon {
        anewAt = min(anewAt, part.oldest)
        continue
      }
      rows += part.rowCount
      // Those that are left are not newer than this one.
      if rows > Limits.followedRows {
        complete = part.newest == .max ? .max : part.newest + 1
        break
      }
      chosen.append(part)
    }
    for part in chosen.sorted(by: { ($0.arrival, $0.path) < ($1.arrival, $1.path) }) {
      let request = ScanRequest(
        table: table.name, path: part.path, from: oldest, fields: [field], arrivals: false)
      let source = try reader.scan(request)
      for chunk in source.chunks { add(chunk, from: 0, of: source) }
    }
    return complete
  }

  private mutating func add(_ chunk: RowChunk, from first: Int, of source: RowSource) {
    guard let column = source.column(of: field) else { return }
    slots.turn(to: source.series)
    let unit = source.precision.unitNanos
    chunk.withColumn(column) { rows in run(down: rows, from: first, unitNanos: unit) }
  }

  /// The loop that every reading passes through once.
  private mutating func run(down rows: borrowing RowChunk.ColumnRows, from first: Int, unitNanos: Int64) {
    guard let newest else { return }
    let oldest = newest - Int64(Self.sliceCount)
    // The slice of the row before, which the next mostly shares.
    var (start, end) = (Int64.max, Int64.min)
    var index = 0
    var number = NumberReader()
    for row in first..<rows.times.count {
      let tag = rows.tags[row]
      if tag == 0 || !number.read(tag, rows.payloads[row]) { continue }
      let (time, overflow) = rows.times[row].multipliedReportingOverflow(by: unitNanos)
      if overflow { continue }
      let (slot, owner) = slots.place(of: rows.series[row])
      if time < start || time >= end {
        let slice = flooredDivision(time, by: sliceNanos)
        if slice < oldest { continue }
        if slice > newest {
          wait(
            Pending(
              value: number.value, mantissa: rows.payloads[row], time: time, slot: Int32(truncatingIfNeeded: slot),
              owner: owner, scale: Int8(truncatingIfNeeded: number.scale)))
          continue
        }
        (start, end, index) = (slice * sliceNanos, (slice + 1) * sliceNanos, place(slice))
      }
      slices[index].add(
        number.value, mantissa: rows.payloads[row], scale: number.scale, at: time, of: owner, to: slot)
    }
  }

  /// What is ahead of its time by more than this is not kept until then.
  private static let aheadNanos = Nanos.perHour

  /// Keeps a reading until its slice begins. Clocks that are ahead shall not fill memory: what is not kept is found again
  /// by beginning anew when its time has come.
  @inline(never)
  private mutating func wait(_ reading: Pending) {
    guard let span else { return }
    if pending.count < Limits.followedPending && reading.time - span.upperBound < Self.aheadNanos {
      pending.append(reading)
    } else {
      anewAt = min(anewAt, reading.time)
    }
  }
}
