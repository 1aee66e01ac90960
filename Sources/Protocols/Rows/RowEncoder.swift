public import Primitives
import Registry
public import Telemetry

/// Decoded rows to records: finds each row's series and layout, defines what the journal segment does not know yet,
/// and writes the row. Allocates only when a series or a layout is new.
public struct RowEncoder: ~Copyable {
  private var series = SeriesCache()
  private var layouts: LayoutCache
  let hash: KeyHash
  /// Canonical keys under construction.
  private var scratch = Slab<UInt8>(capacity: Limits.seriesKeyBytes)
  /// The hashes of the datagram's keys, and what their slots name, where the look-ups are made ahead.
  private var hashes = Slab<UInt64>(repeating: 0, count: Limits.rowsPerDatagram)
  private var likelyPlaces = Slab<SeriesCache.Place>(repeating: 0, count: Limits.rowsPerDatagram)
  private var isAhead = false
  /// Keeps the optimiser from leaving out loads that are made for the cache's sake.
  private var touched: UInt32 = 0
  /// More series than that do not stay in a cache of 2 MiB.
  private static let cachedSeries = 8_192
  /// Key and series of the datagram's row before.
  private var last: (key: TextRange, place: SeriesCache.Place)?
  /// The device of the row that was refused last because nobody knows it; for `UnknownSenders`.
  private(set) var refusedDevice = ""
  /// Whether it is noted which rows of a datagram were refused or shed; the first few are.
  var notesFaults = false
  private(set) var rowFaults: [(row: Int, cause: LineFault.Cause)] = []
  var admission: Admission
  let deviceTags: [String?]
  /// The listeners' names.
  let listeners: [String]
  /// By series: where it came from when that was noted last, as a hash.
  private var notedSources: [UInt32] = []
  /// Whose names of event senders are.
  var senders = SenderMemo()
  /// The registry understands device URNs otherwise than it did when series were entered.
  private var isOutdated = false
  /// What of the lane's room each source holds.
  private var shares = LaneShares()
  /// Tables and lists of fields that go together, as table · layout: their columns were admitted.
  private var admittedShapes: Set<UInt64> = []
  /// By the table's part of a canonical key.
  private var tableNumbers: [[UInt8]: UInt32] = [:]
  /// Tables that take no rows, as of `closedVersion`.
  private var closedTables: Set<UInt32> = []
  private var closedVersion = 0
  private var segment: UInt64 = 0

  /// - Parameter listeners: names, by number; one without a name is noted nowhere.
  public init(admission: Admission, deviceTags: [String?], listeners: [String] = [], seed: UInt64) {
    self.listeners = listeners
    hash = KeyHash(seed: seed)
    layouts = LayoutCache(hash: hash)
    self.admission = admission
    self.deviceTags = deviceTags
  }

  /// Where and when the datagram of the rows came in.
  public struct Origin {
    var listener: Int
    var source: SourceAddress
    var arrival: ArrivalTime
    /// Times before it are refused: older than the table's retention.
    var oldestNanos: UnixNanos
    /// What is believed of the device's clock.
    var clock: ClockBounds

    public init(
      listener: Int, source: SourceAddress, arrival: ArrivalTime, oldestNanos: UnixNanos, clock: ClockBounds
    ) {
      self.listener = listener
      self.source = source
      self.arrival = arrival
      self.oldestNanos = oldestNanos
      self.clock = clock
    }
  }

  var seriesCount: Int { series.count }

  /// Begins to write for that journal segment.
  ///
  /// - Returns: whether everything was forgotten that the records named by numbers, because it was much: then every
  ///   series and layout is numbered anew, and who reads the records must forget it too.
  public mutating func turn(to segment: UInt64) -> Bool {
    if segment == self.segment { return false }
    self.segment = segment
    shares.turn()
    let isMuch =
      series.count > Limits.seriesPerLane / 2 || series.byteCount > Limits.seriesBytesPerLane / 2
      || layouts.layouts.count > Limits.layoutsPerLane / 2 || layouts.byteCount > Limits.layoutBytesPerLane / 2
    if !isMuch && !isOutdated { return false }
    isOutdated = false
    series = SeriesCache()
    layouts = LayoutCache(hash: hash)
    admittedShapes = []
    tableNumbers = [:]
    shares.removeAll()
    notedSources = []
    last = nil
    return true
  }

  /// Forgets which keys were admitted: the registry has changed.
  mutating func admit(by admission: Admission) {
    if !admission.registry.hasSameURNs(as: self.admission.registry) { isOutdated = true }
    self.admission = admission
    senders.removeAll()
    // Keys that stand were admitted by the registry of their day; a device that left it is refused from its next new
    // series on, or from the next start.
  }

  /// What of a datagram's rows was written.
  public enum Written: Equatable {
    case some
    /// None: each was refused, the last one for that reason.
    case refused(RejectReason)
    /// Some were shed, perhaps all: there was no room for them. Nobody may be told that they are kept.
    case full

    /// What became of the rows, if no commit is to be waited for.
    var fate: RowFate {
      switch self {
      case .some: .stored
      case .refused(let reason): .refused(reason)
      case .full: .unavailable
      }
    }
  }

  /// Writes every row of `decoded` into the batch and counts them.
  public mutating func encode(
    _ decoded: borrowing DecodedDatagram, of datagram: RawSpan, from origin: Origin, into batch: Batch
  ) -> Written {
    if !Self.fits(decoded, of: datagram) { return refuseAll(of: decoded, listener: origin.listener, in: batch) }
    var counts = RowCounts()
    last = nil
    if notesFaults { rowFaults.removeAll(keepingCapacity: true) }
    let quota = admission.quota
    if quota.closedVersion != closedVersion {
      closedVersion = quota.closedVersion
      closedTables = quota.closedTables
    }
    counts.isFull = quota.isFull
    isAhead = decoded.rows.count > 1 && series.count > Self.cachedSeries
    if isAhead { lookAhead(decoded, of: datagram) }
    for index in 0..<decoded.rows.count {
      encode(decoded.rows[index], at: index, decoded, datagram, origin, batch, &counts)
    }
    batch.counts[origin.listener].rows += counts.rows
    batch.counts[origin.listener].events += counts.events
    batch.counts[origin.listener].readings += counts.readings
    batch.counts[origin.listener].clockAhead += counts.clockAhead
    batch.counts[origin.listener].clockBehind += counts.clockBehind
    batch.rowCounts[origin.listener] += counts.written
    for index in 0..<decoded.refusedRows.count {
      batch.counts[origin.listener].rejectedRows[Int(decoded.refusedRows[index])] += 1
    }
    for index in 0..<decoded.refusedFields.count {
      batch.counts[origin.listener].rejectedFields[Int(decoded.refusedFields[index])] += 1
    }
    if counts.shed > 0 { return .full }
    if counts.written > 0 { return .some }
    return counts.lastRefusal.map { .refused($0) } ?? .full
  }

  /// Counted in registers, added to the batch once a datagram.
  private struct RowCounts {
    var rows: UInt64 = 0
    var events: UInt64 = 0
    var readings: UInt64 = 0
    var written: UInt64 = 0
    var clockAhead: UInt64 = 0
    var clockBehind: UInt64 = 0
    var lastRefusal: RejectReason?
    var shed: UInt64 = 0
    /// Whether no row is taken at all.
    var isFull = false
  }

  @inline(__always)
  private mutating func encode(
    _ row: DecodedRow, at index: Int, _ decoded: borrowing DecodedDatagram, _ datagram: RawSpan, _ origin: Origin,
    _ batch: Batch, _ counts: inout RowCounts
  ) {
    let isEvent = row.keyForm.isEvent
    var time = row.timeNanos
    if !row.hasTime || time > origin.clock.newestNanos || time < origin.clock.oldestNanos {
      if row.hasTime {
        if time < origin.clock.oldestNanos { counts.clockBehind += 1 } else { counts.clockAhead += 1 }
      }
      time = origin.arrival.nanos - origin.arrival.nanos % (isEvent ? Nanos.perMicrosecond : Nanos.perMillisecond)
    } else if time < origin.oldestNanos {
      batch.counts[origin.listener].rejectedRows[Int(RejectReason.expired.rawValue)] += 1
      counts.lastRefusal = .expired
      if notesFaults { noteFault(index, .refused(.expired)) }
      return
    }
    let found =
      row.keyForm == .eventSender || row.keyForm == .doubtfulSender
      ? findEventSeries(row, decoded, datagram, origin) : findSeries(row, at: index, decoded, datagram, origin)
    if isEvent { counts.events += 1 } else { counts.rows += 1 }
    switch found {
    case .series(let place):
      if counts.isFull || (!closedTables.isEmpty && closedTables.contains(series.table(place))) {
        return shed(.unsealedLimit, index, origin, batch, &counts)
      }
      var reason = ShedReason.tableLimit
      guard let layout = layout(of: row, decoded, datagram, series: place, origin, &reason) else {
        return shed(reason, index, origin, batch, &counts)
      }
      define(place, layout, origin, in: batch)
      batch.records.putRow(
        row, of: decoded, datagram, series: series.number(place), layout: layout, timeNanos: time,
        arrival: origin.arrival)
      counts.readings += UInt64(row.fieldCount)
      counts.written += 1
    case .refused(let reason):
      if isEvent { counts.events -= 1 } else { counts.rows -= 1 }
      batch.counts[origin.listener].rejectedRows[Int(reason.rawValue)] += 1
      counts.lastRefusal = reason
      if notesFaults { noteFault(index, .refused(reason)) }
    case .full(let reason):
      shed(reason, index, origin, batch, &counts)
    }
  }

  private mutating func shed(
    _ reason: ShedReason, _ index: Int, _ origin: Origin, _ batch: Batch, _ counts: inout RowCounts
  ) {
    batch.counts[origin.listener].shed[Int(reason.rawValue)] += 1
    counts.shed += 1
    if notesFaults { noteFault(index, .shed(reason)) }
  }

  @inline(never)
  private mutating func noteFault(_ row: Int, _ cause: LineFault.Cause) {
    if rowFaults.count < Limits.refusedKeysPerDatagram { rowFaults.append((row, cause)) }
  }

  private enum Found {
    case series(SeriesCache.Place)
    case refused(RejectReason)
    case full(ShedReason)
  }

  /// Loads what the look-ups of all rows will read, in loops without anything else: so the processor waits for all of
  /// it at once, not for each row by itself.
  @inline(never)
  private mutating func lookAhead(_ decoded: borrowing DecodedDatagram, of datagram: RawSpan) {
    let count = decoded.rows.count
    for index in 0..<count { hashes[index] = hash.hash(decoded.text(decoded.rows[index].key, of: datagram)) }
    for index in 0..<count { likelyPlaces[index] = series.likelyPlace(hash: hashes[index]) }
    var sum = touched
    for index in 0..<count { sum &+= series.touch(likelyPlaces[index]) }
    touched = sum
  }

  @inline(__always)
  private mutating func findSeries(
    _ row: DecodedRow, at index: Int, _ decoded: borrowing DecodedDatagram, _ datagram: RawSpan, _ origin: Origin
  ) -> Found {
    // A pack's rows are often of one device, whose key then stands in one place.
    if let last, last.key == row.key { return .series(last.place) }
    let key = decoded.text(row.key, of: datagram)
    let sum = isAhead ? hashes[index] : hash.hash(key)
    if let place = series.find(key, hash: sum) {
      last = (row.key, place)
      return .series(place)
    }
    return addSeries(key, hash: sum, form: row.keyForm, origin)
  }

  /// A series that this lane has not seen. May allocate.
  @inline(never)
  private mutating func addSeries(_ key: RawSpan, hash sum: UInt64, form: KeyForm, _ origin: Origin) -> Found {
    var parsed: SeriesKey
    switch RowKey.parse(key, form: form, deviceTag: deviceTags[origin.listener]) {
    case .series(let made): parsed = made
    case .refused(let reason): return .refused(reason)
    }
    parsed = parsed.composed
    guard NameCheck.isAcceptable(parsed) else { return .refused(.badName) }
    if NameCheck.isReserved(parsed) && !Self.isOwn(origin.source) { return .refused(.reservedName) }
    if parsed.kind == .readings, let id = admission.registry.id(of: parsed.device) { parsed.device = id }
    if admission.knownOnly && parsed.kind == .readings && admission.registry.device(id: parsed.device) == nil {
      refusedDevice = parsed.device
      return .refused(.unknownDevice)
    }
    let canonical = parsed.canonicalBytes
    guard canonical.count <= Limits.seriesKeyBytes else { return .refused(.nameTooLong) }
    let share = SourceShare(origin.source)
    let standing = standing(of: parsed.device, share, origin.source)
    guard shares.allowsSeries(share, byteCount: key.byteCount + canonical.count, series, standing: standing) else {
      return .full(.seriesLimit)
    }
    guard let table = admitTable(of: parsed, canonical, share, standing) else { return .full(.tableLimit) }
    let place = series.insert(key, hash: sum, canonical: canonical.span.bytes, table: table, segment: segment)
    guard let place else { return .full(.seriesLimit) }
    shares.noteSeries(share, byteCount: key.byteCount + canonical.count)
    return .series(place)
  }

  /// The number of the table, which has room for the series' tags too; nil if there is none.
  private mutating func admitTable(
    of key: SeriesKey, _ canonical: [UInt8], _ share: SourceShare, _ standing: Standing
  ) -> UInt32? {
    let name = Array(canonical.prefix(CanonicalKey(canonical.span.bytes).tableByteCount))
    if tableNumbers[name] == nil {
      tableNumbers[name] = admission.quota.admit(table: name, share: share, standing: standing)
    }
    guard let table = tableNumbers[name] else { return nil }
    if key.tags.isEmpty { return table }
    let tags = key.tags.map { Array($0.name.utf8) }
    return admission.quota.admit(columns: tags, of: table, share: share, standing: standing) ? table : nil
  }

  /// Whether a row comes from the node itself, by its lane without sockets.
  private static func isOwn(_ source: SourceAddress) -> Bool { source.high == 0 && source.low == 0 }

  /// How well the sender of a row is known.
  private func standing(of device: String, _ share: SourceShare, _ source: SourceAddress) -> Standing {
    if Self.isOwn(source) || admission.registry.device(id: device) != nil
      || admission.registry.deviceIndex(address: source.withoutPort) != nil
    {
      return .registered
    }
    return shares.isHeard(share) ? .heard : .stranger
  }

  /// The series of an event that brings its sender's own name.
  private mutating func findEventSeries(
    _ row: DecodedRow, _ decoded: borrowing DecodedDatagram, _ datagram: RawSpan, _ origin: Origin
  ) -> Found {
    scratch.removeAll()
    let measurement: StaticString = "events"
    let host = decoded.text(row.key, of: datagram)
    let sender = sender(of: host, isDoubtful: row.keyForm == .doubtfulSender, from: origin.source)
    if admission.knownOnly {
      guard case .device = sender else {
        refusedDevice = ""
        return .refused(.unknownDevice)
      }
    }
    let events = RawSpan(_unsafeStart: measurement.utf8Start, byteCount: measurement.utf8CodeUnitCount)
    var whole = false
    if case .ownName = sender {
      whole = scratch.appendCanonicalKey(kind: .events, measurement: events, device: host)
    } else {
      // A name from the registry, or an address that no name goes with: the way of few messages or short names.
      let device = Self.deviceName(sender, host: host, from: origin.source, in: admission.registry)
      whole = scratch.appendCanonicalKey(kind: .events, measurement: events, device: device.utf8Span.span.bytes)
    }
    if !whole { return .refused(.nameTooLong) }
    let sum = hash.hash(scratch.bytes)
    if let place = series.find(scratch.bytes, hash: sum) { return .series(place) }
    let key = Array(unsafeUninitializedCapacity: scratch.count) { target, count in
      for index in 0..<scratch.count { target.initializeElement(at: index, to: scratch[index]) }
      count = scratch.count
    }
    return addSeries(key.span.bytes, hash: sum, form: .canonical, origin)
  }

  @inline(__always)
  private mutating func layout(
    of row: DecodedRow, _ decoded: borrowing DecodedDatagram, _ datagram: RawSpan, series place: SeriesCache.Place,
    _ origin: Origin, _ reason: inout ShedReason
  ) -> UInt32? {
    let likely = series.layout(place)
    if layouts.matches(likely, row, decoded, datagram) { return likely }
    return findLayout(of: row, decoded, datagram, series: place, origin, &reason)
  }

  private borrowing func device(of place: SeriesCache.Place) -> String {
    let key = CanonicalKey(series.canonicalKey(place))
    return key.bytes.extracting(key.device).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// The layout of a row that is not like the one before; nil, with the reason, if there is no room for it.
  @inline(never)
  private mutating func findLayout(
    of row: DecodedRow, _ decoded: borrowing DecodedDatagram, _ datagram: RawSpan, series place: SeriesCache.Place,
    _ origin: Origin, _ reason: inout ShedReason
  ) -> UInt32? {
    let table = series.table(place)
    let known = layouts.find(row, decoded, datagram)
    if let known, admittedShapes.contains(UInt64(table) << 32 | UInt64(known)) {
      series.setLayout(place, known)
      return known
    }
    let share = SourceShare(origin.source)
    var standing = standing(of: device(of: place), share, origin.source)
    if standing == .stranger && series.isHeard(place, before: segment) { standing = .heard }
    var names: [[UInt8]] = []
    for index in 0..<Int(row.fieldCount) {
      let field = decoded.fields[Int(row.firstField) + index]
      let name = decoded.text(field.name, of: datagram)
      names.append(
        UTF8Text.isASCII(name)
          ? name.withUnsafeBytes { Array($0) }
          : Array(name.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }.composed.utf8))
    }
    guard admission.quota.admit(columns: names, of: table, share: share, standing: standing) else {
      reason = .tableLimit
      return nil
    }
    let layout: UInt32
    if let known {
      layout = known
    } else {
      guard shares.allowsLayout(share, layouts, standing: standing) else {
        reason = .seriesLimit
        return nil
      }
      layout = layouts.insert(row, decoded, datagram)
      shares.noteLayout(share)
    }
    admittedShapes.insert(UInt64(table) << 32 | UInt64(layout))
    series.setLayout(place, layout)
    return layout
  }

  /// Writes the definitions that the batch's segment lacks.
  @inline(__always)
  private mutating func define(
    _ place: SeriesCache.Place, _ layout: UInt32, _ origin: borrowing Origin, in batch: Batch
  ) {
    if !series.isDefined(place, in: batch.segment) {
      noteSender(of: place, origin)
      batch.records.putSeries(series.number(place), canonicalKey: series.canonicalKey(place))
      batch.definitions.putSeries(series.number(place), canonicalKey: series.canonicalKey(place))
      series.setDefined(place, in: batch.segment)
    }
    if layouts.definedIn(layout) != batch.segment { defineLayout(layout, in: batch) }
  }

  /// Notes from where a series comes, unless it is from where it came before.
  @inline(never)
  private mutating func noteSender(of place: SeriesCache.Place, _ origin: borrowing Origin) {
    guard origin.listener < listeners.count, !Self.isOwn(origin.source) else { return }
    let number = Int(series.number(place))
    while notedSources.count <= number { notedSources.append(0) }
    let folded = origin.source.high ^ origin.source.low ^ UInt64(origin.listener) << 56
    // Never 0, which is of none.
    let mark = UInt32(truncatingIfNeeded: folded ^ folded >> 32) | 1
    if notedSources[number] == mark { return }
    notedSources[number] = mark
    admission.heard.note(
      device(of: place), source: origin.source, listener: listeners[origin.listener], at: origin.arrival.nanos)
  }

  @inline(never)
  private mutating func defineLayout(_ number: UInt32, in batch: Batch) {
    put(layout: number, into: &batch.records)
    put(layout: number, into: &batch.definitions)
    layouts.setDefined(number, in: batch.segment)
  }

  private borrowing func put(layout number: UInt32, into records: inout RecordBuffer) {
    let layout = layouts.layouts[Int(number)]
    records.putLayout(number, fieldCount: layout.fieldCount)
    for index in layout.firstField..<layout.firstField + layout.fieldCount {
      let field = layouts.fields[index]
      let name = layouts.storedNames[index]
      records.putLayoutField(
        name: layouts.texts.bytes(name.place, name.length),
        unit: layouts.texts.bytes(field.unit, Int(field.unitLength)))
    }
  }
}
