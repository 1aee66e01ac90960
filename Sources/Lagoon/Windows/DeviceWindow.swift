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
  private var cells: WindowCells
  /// Where time stands; nil before the first look.
  private var slices: WindowSlices?
  private var cursor = RowCursor()
  /// Of readings before it some are missing.
  private var completeSince = UnixNanos.min
  /// Readings of slices to come.
  private var pending: [WindowCells.Reading] = []
  /// When the time comes of the first that was not kept.
  private var anewAt = UnixNanos.max
  /// Too many devices came: it is not begun anew before.
  private var restsUntil = UnixNanos.min

  /// Slices of a window.
  public static let sliceCount = 30
  /// Devices of a window, above which it is let go for a while: whoever makes up names shall not fill memory.
  static let mostDevices = 100_000
  private static let restNanos = Nanos.perHour

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
    cells = WindowCells(places: Self.sliceCount + 1, needs: needs)
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
    cells.byteCount + slots.byteCount + pending.capacity * MemoryLayout<WindowCells.Reading>.stride
  }

  /// The range of time that it adds up; nil before the first look.
  public var span: Range<UnixNanos>? { slices?.span }

  /// What the readings of the window add up to; nil while it does not know all of them.
  public func sums() -> WindowSums? {
    guard let span, span.lowerBound >= completeSince else { return nil }
    return cells.total(slots: slots.devices.count)
  }

  /// How often it was begun: then its devices have other numbers.
  public private(set) var beginnings = 0

  /// Gives back what it holds. It is begun anew with the next look.
  public mutating func forget() {
    (slices, cells) = (nil, WindowCells(places: Self.sliceCount + 1, needs: needs))
    (slots, pending, cursor) = (DeviceSlots(), [], RowCursor())
    beginnings += 1
  }

  // MARK: taking rows

  /// Goes to `now` and through what came since the last time.
  ///
  /// - Throws: what the reader throws, or `QueryError.unreadableTable`; then it is begun anew the next time.
  public mutating func advance(on view: LagoonView, to now: UnixNanos) throws {
    if now < restsUntil && now > restsUntil - Self.restNanos - 1 { return }
    let name = TableName.readings(measurement)
    if let cause = view.unreadable[name] {
      slices = nil
      throw QueryError.unreadableTable(measurement, cause: cause)
    }
    let next = WindowSlices(
      sliceNanos: sliceNanos, places: Self.sliceCount + 1, newest: flooredDivision(now, by: sliceNanos))
    let table = view.tables[name] ?? TableView(name: name, parts: [], unsealed: [])
    guard let known = slices, next.newest >= known.newest, next.span.upperBound <= anewAt else {
      try begin(on: table, view.reader, in: next)
      return restIfTooLarge(from: now)
    }
    move(from: known, to: next)
    var taken: [RowCursor.Rows] = []
    if !cursor.advance(over: table, { taken.append($0) }) {
      try begin(on: table, view.reader, in: next)
      return restIfTooLarge(from: now)
    }
    for rows in taken { add(rows.chunk, from: rows.first, of: table.memory[rows.source].rows) }
    restIfTooLarge(from: now)
  }

  /// Lets go of everything for a while if there are too many devices.
  private mutating func restIfTooLarge(from now: UnixNanos) {
    if slots.devices.count <= Self.mostDevices { return }
    forget()
    restsUntil = now + Self.restNanos
  }

  /// Makes room for the slices that begin, and takes what waited for them.
  private mutating func move(from known: WindowSlices, to next: WindowSlices) {
    if next.newest == known.newest { return }
    for number in max(known.newest + 1, next.oldest)...next.newest { cells.clear(next.place(of: number)) }
    slices = next
    if pending.isEmpty { return }
    let due = pending.filter { $0.time < next.span.upperBound }
    if due.isEmpty { return }
    pending.removeAll { $0.time < next.span.upperBound }
    for reading in due where reading.time >= next.span.lowerBound {
      cells.add(reading, to: next.place(of: next.number(of: reading.time)))
    }
  }

  /// Begins anew with what is there.
  private mutating func begin(on table: TableView, _ reader: any PartReading, in next: WindowSlices) throws {
    forget()
    anewAt = .max
    slices = next
    do {
      completeSince = try addParts(of: table, from: next.span.lowerBound, reader)
    } catch {
      slices = nil
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
    guard let column = source.column(of: field), let slices, slots.devices.count <= Self.mostDevices else { return }
    slots.turn(to: source.series)
    let unit = source.precision.unitNanos
    var ahead: [WindowCells.Reading] = []
    chunk.withColumn(column) { rows in
      slots.learn(rows.series, from: first)
      if slots.devices.count > Self.mostDevices { return }
      cells.reserve(slots: slots.devices.count)
      ahead = cells.add(rows, from: first, unitNanos: unit, of: slots, in: slices)
    }
    for reading in ahead { wait(reading, until: slices) }
  }

  /// What is ahead of its time by more than this is not kept until then.
  private static let aheadNanos = Nanos.perHour

  /// Keeps a reading until its slice begins. Clocks that are ahead shall not fill memory: what is not kept is found again
  /// by beginning anew when its time has come.
  private mutating func wait(_ reading: WindowCells.Reading, until slices: WindowSlices) {
    if pending.count < Limits.followedPending && reading.time - slices.span.upperBound < Self.aheadNanos {
      pending.append(reading)
    } else {
      anewAt = min(anewAt, reading.time)
    }
  }
}
