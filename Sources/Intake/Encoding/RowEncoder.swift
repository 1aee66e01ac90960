import Decoders
import Primitives
import Registry
import Telemetry

/// Decoded rows to records: finds each row's series and layout, defines what the journal segment does not know yet,
/// and writes the row. Allocates only when a series or a layout is new.
struct RowEncoder: ~Copyable {
  private var series = SeriesCache()
  private var layouts: LayoutCache
  private let hash: KeyHash
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
  var admission: Admission
  let deviceTags: [String?]

  init(admission: Admission, deviceTags: [String?], seed: UInt64) {
    hash = KeyHash(seed: seed)
    layouts = LayoutCache(hash: hash)
    self.admission = admission
    self.deviceTags = deviceTags
  }

  /// Where and when the datagram of the rows came in.
  struct Origin {
    var listener: Int
    var source: SourceAddress
    var arrival: ArrivalTime
    /// Times before it are refused: older than the table's retention.
    var oldestNanos: UnixNanos
    /// Times after it are not believed: the device's clock is ahead.
    var newestNanos: UnixNanos
  }

  var seriesCount: Int { series.count }

  /// Forgets which keys were admitted: the registry has changed.
  mutating func admit(by admission: Admission) {
    self.admission = admission
    // Keys that stand were admitted by the registry of their day; a device that left it is refused from its next new
    // series on, or from the next start.
  }

  /// What of a datagram's rows was written.
  enum Written: Equatable {
    case some
    /// None: each was refused, the last one for that reason.
    case refused(RejectReason)
    /// None: there was no room for a new series.
    case full

    /// What a client that waits is told.
    var commitResult: CoAPCommitResult {
      switch self {
      case .some: .stored
      case .refused(let reason): .refused(reason)
      case .full: .unavailable
      }
    }
  }

  /// Writes every row of `decoded` into the batch and counts them.
  mutating func encode(
    _ decoded: borrowing DecodedDatagram, of datagram: RawSpan, from origin: Origin, into batch: Batch
  ) -> Written {
    if !Self.fits(decoded, of: datagram) { return refuseAll(of: decoded, listener: origin.listener, in: batch) }
    var counts = RowCounts()
    last = nil
    isAhead = decoded.rows.count > 1 && series.count > Self.cachedSeries
    if isAhead { lookAhead(decoded, of: datagram) }
    for index in 0..<decoded.rows.count {
      encode(decoded.rows[index], at: index, decoded, datagram, origin, batch, &counts)
    }
    batch.counts[origin.listener].rows += counts.rows
    batch.counts[origin.listener].events += counts.events
    batch.counts[origin.listener].readings += counts.readings
    batch.counts[origin.listener].clockAhead += counts.clockAhead
    batch.rowCounts[origin.listener] += counts.written
    for index in 0..<decoded.refusedRows.count {
      batch.counts[origin.listener].rejectedRows[Int(decoded.refusedRows[index])] += 1
    }
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
    var lastRefusal: RejectReason?
  }

  @inline(__always)
  private mutating func encode(
    _ row: DecodedRow, at index: Int, _ decoded: borrowing DecodedDatagram, _ datagram: RawSpan, _ origin: Origin,
    _ batch: Batch, _ counts: inout RowCounts
  ) {
    let isEvent = row.keyForm == .eventSender || row.keyForm == .canonicalEvent
    var time = row.timeNanos
    if !row.hasTime || time > origin.newestNanos {
      if row.hasTime { counts.clockAhead += 1 }
      time = origin.arrival.nanos - origin.arrival.nanos % (isEvent ? Nanos.perMicrosecond : Nanos.perMillisecond)
    } else if time < origin.oldestNanos {
      batch.counts[origin.listener].rejectedRows[Int(RejectReason.expired.rawValue)] += 1
      counts.lastRefusal = .expired
      return
    }
    let found =
      row.keyForm == .eventSender
      ? findEventSeries(row, decoded, datagram, origin) : findSeries(row, at: index, decoded, datagram, origin)
    if isEvent { counts.events += 1 } else { counts.rows += 1 }
    switch found {
    case .series(let place):
      guard let layout = layout(of: row, decoded, datagram, series: place) else {
        batch.counts[origin.listener].shed[Int(ShedReason.seriesLimit.rawValue)] += 1
        return
      }
      define(place, layout, in: batch)
      batch.records.putRow(
        row, of: decoded, datagram, series: series.number(place), layout: layout, timeNanos: time,
        arrival: origin.arrival)
      counts.readings += UInt64(row.fieldCount)
      counts.written += 1
    case .refused(let reason):
      if isEvent { counts.events -= 1 } else { counts.rows -= 1 }
      batch.counts[origin.listener].rejectedRows[Int(reason.rawValue)] += 1
      counts.lastRefusal = reason
    case .full:
      batch.counts[origin.listener].shed[Int(ShedReason.seriesLimit.rawValue)] += 1
    }
  }

  private enum Found {
    case series(SeriesCache.Place)
    case refused(RejectReason)
    case full
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
    return addSeries(key, hash: sum, form: row.keyForm, listener: origin.listener)
  }

  /// A series that this lane has not seen. May allocate.
  @inline(never)
  private mutating func addSeries(_ key: RawSpan, hash sum: UInt64, form: KeyForm, listener: Int) -> Found {
    let parsed: SeriesKey
    if form == .lineProtocol {
      switch LineProtocolDecoder.seriesKey(from: key, deviceTag: deviceTags[listener]) {
      case .series(let made): parsed = made
      case .refused(let reason): return .refused(reason)
      }
    } else {
      guard let made = SeriesKey(canonicalBytes: key) else { return .refused(.nameTooLong) }
      parsed = made
    }
    guard NameCheck.isAcceptable(parsed) else { return .refused(.badName) }
    if admission.knownOnly && parsed.kind == .readings && admission.registry.device(id: parsed.device) == nil {
      refusedDevice = parsed.device
      return .refused(.unknownDevice)
    }
    guard series.count < Limits.seriesPerLane else { return .full }
    let canonical = parsed.canonicalBytes
    guard canonical.count <= Limits.seriesKeyBytes else { return .refused(.nameTooLong) }
    return series.insert(key, hash: sum, canonical: canonical.span.bytes).map { .series($0) } ?? .full
  }

  /// An event's device is the one of the sender's own name, if the registry knows that; else what the registry has for
  /// the source address, else the sender's own name, else the address.
  private mutating func findEventSeries(
    _ row: DecodedRow, _ decoded: borrowing DecodedDatagram, _ datagram: RawSpan, _ origin: Origin
  ) -> Found {
    scratch.removeAll()
    let measurement: StaticString = "events"
    let host = decoded.text(row.key, of: datagram)
    let known =
      admission.registry.deviceIndex(name: host)
      ?? admission.registry.deviceIndex(address: origin.source.withoutPort)
    if known == nil && admission.knownOnly {
      refusedDevice = ""
      return .refused(.unknownDevice)
    }
    let events = RawSpan(_unsafeStart: measurement.utf8Start, byteCount: measurement.utf8CodeUnitCount)
    var whole = false
    if known == nil && host.byteCount > 0 {
      whole = scratch.appendCanonicalKey(kind: .events, measurement: events, device: host)
    } else {
      // A name from the registry, or an address that no name goes with: the way of few messages or short names.
      let device = known.map { admission.registry.devices[$0].id } ?? origin.source.addressText
      whole = scratch.appendCanonicalKey(kind: .events, measurement: events, device: device.utf8Span.span.bytes)
    }
    if !whole { return .refused(.nameTooLong) }
    let sum = hash.hash(scratch.bytes)
    if let place = series.find(scratch.bytes, hash: sum) { return .series(place) }
    let key = Array(unsafeUninitializedCapacity: scratch.count) { target, count in
      for index in 0..<scratch.count { target.initializeElement(at: index, to: scratch[index]) }
      count = scratch.count
    }
    return addSeries(key.span.bytes, hash: sum, form: .canonical, listener: origin.listener)
  }

  @inline(__always)
  private mutating func layout(
    of row: DecodedRow, _ decoded: borrowing DecodedDatagram, _ datagram: RawSpan, series place: SeriesCache.Place
  ) -> UInt32? {
    let likely = series.layout(place)
    if layouts.matches(likely, row, decoded, datagram) { return likely }
    guard let layout = layouts.number(row, decoded, datagram) else { return nil }
    series.setLayout(place, layout)
    return layout
  }

  /// Writes the definitions that the batch's segment lacks.
  @inline(__always)
  private mutating func define(_ place: SeriesCache.Place, _ layout: UInt32, in batch: Batch) {
    if !series.isDefined(place, in: batch.segment) {
      batch.records.putSeries(series.number(place), canonicalKey: series.canonicalKey(place))
      series.setDefined(place, in: batch.segment)
    }
    if layouts.definedIn(layout) != batch.segment { defineLayout(layout, in: batch) }
  }

  @inline(never)
  private mutating func defineLayout(_ number: UInt32, in batch: Batch) {
    let layout = layouts.layouts[Int(number)]
    batch.records.putLayout(number, fieldCount: layout.fieldCount)
    for index in layout.firstField..<layout.firstField + layout.fieldCount {
      let field = layouts.fields[index]
      batch.records.putLayoutField(
        name: layouts.texts.bytes(field.name, Int(field.nameLength)),
        unit: layouts.texts.bytes(field.unit, Int(field.unitLength)))
    }
    layouts.setDefined(number, in: batch.segment)
  }
}
