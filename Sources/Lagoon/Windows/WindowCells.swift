import Primitives
import Rollups
import Telemetry

/// What readings add up to by slice of time and device: column by column, and only what is asked for.
///
/// ```
///            device 0   device 1  …  room for more
/// place 0  |    ·     |    ·     | … |             |
/// place 1  |    ·     |    ·     | … |             |
/// ```
struct WindowCells {
  let needs: BucketNeeds
  let places: Int
  /// Devices that there is room for in each place.
  private var room = 0
  private var counts: ContiguousArray<Int32> = []
  /// Sums of decimals in billionths, as far as 64 bits hold them.
  private var sums: ContiguousArray<Int64> = []
  /// What they do not hold; empty until there is something.
  private var rests: ContiguousArray<ExactSum> = []
  private var minima: ContiguousArray<Double> = []
  private var maxima: ContiguousArray<Double> = []
  private var lasts: ContiguousArray<Last> = []

  /// The latest reading: of several at one instant that of the largest series, and of one series the last to come.
  struct Last: BitwiseCopyable {
    var value = 0.0
    var time = UnixNanos.min
    var owner: UInt32 = 0

    @inline(__always)
    mutating func take(_ other: Last) {
      if other.time > time || (other.time == time && other.owner >= owner) { self = other }
    }
  }

  /// One reading, and where it belongs.
  struct Reading: BitwiseCopyable {
    var value: Double
    var mantissa: Int64
    /// -1 for what is no decimal that is summed up exactly.
    var scale: Int
    var time: UnixNanos
    var owner: UInt32
    var slot: Int

    init(_ number: NumberReader, _ mantissa: Int64, at time: UnixNanos, of owner: UInt32, slot: Int) {
      (value, scale) = (number.value, number.scale)
      (self.mantissa, self.time, self.owner, self.slot) = (mantissa, time, owner, slot)
    }
  }

  init(places: Int, needs: BucketNeeds) {
    self.places = places
    self.needs = needs
  }

  /// Memory held, in bytes.
  var byteCount: Int {
    counts.count * 4 + 8 * (sums.count + minima.count + maxima.count) + rests.count * MemoryLayout<ExactSum>.stride
      + lasts.count * MemoryLayout<Last>.stride
  }

  /// Makes room for so many devices.
  mutating func reserve(slots: Int) {
    if slots <= room { return }
    let more = max(64, slots + slots / 4)
    counts = spread(counts, over: more, filling: 0)
    if needs.contains(.sum) { sums = spread(sums, over: more, filling: 0) }
    if !rests.isEmpty { rests = spread(rests, over: more, filling: ExactSum()) }
    if needs.contains(.extremes) {
      minima = spread(minima, over: more, filling: .infinity)
      maxima = spread(maxima, over: more, filling: -.infinity)
    }
    if needs.contains(.last) { lasts = spread(lasts, over: more, filling: Last()) }
    room = more
  }

  private func spread<Cell>(_ cells: ContiguousArray<Cell>, over more: Int, filling cell: Cell) -> ContiguousArray<Cell>
  {
    var spread = ContiguousArray(repeating: cell, count: places * more)
    for place in 0..<places where room > 0 {
      spread.replaceSubrange(place * more..<place * more + room, with: cells[place * room..<(place + 1) * room])
    }
    return spread
  }

  /// Forgets what a place holds.
  mutating func clear(_ place: Int) {
    for cell in place * room..<(place + 1) * room {
      counts[cell] = 0
      if needs.contains(.sum) { sums[cell] = 0 }
      if !rests.isEmpty { rests[cell] = ExactSum() }
      if needs.contains(.extremes) { (minima[cell], maxima[cell]) = (.infinity, -.infinity) }
      if needs.contains(.last) { lasts[cell] = Last() }
    }
  }

  /// Adds one reading to a place.
  mutating func add(_ reading: Reading, to place: Int) {
    let cell = place * room + reading.slot
    counts[cell] += 1
    if needs.contains(.sum), !Self.sum(reading.mantissa, reading.scale, into: &sums[cell]) {
      addRest(reading, to: cell)
    }
    if needs.contains(.extremes) {
      minima[cell] = min(minima[cell], reading.value)
      maxima[cell] = max(maxima[cell], reading.value)
    }
    if needs.contains(.last) {
      lasts[cell].take(Last(value: reading.value, time: reading.time, owner: reading.owner))
    }
  }

  /// Adds the readings of a column from a row on. There must be room for every device.
  ///
  /// - Returns: those of slices that have not begun.
  mutating func add(
    _ rows: borrowing RowChunk.ColumnRows, from first: Int, unitNanos: Int64, of slots: borrowing DeviceSlots,
    in slices: WindowSlices
  ) -> [Reading] {
    var run = Run(room: room, needs: needs, unitNanos: unitNanos, slices: slices)
    run.add(
      rows, from: first, slots: slots.slotsBySeries, owners: slots.ownersBySeries, counts: &counts, sums: &sums,
      minima: &minima, maxima: &maxima, lasts: &lasts)
    for (reading, cell) in run.large { addRest(reading, to: cell) }
    return run.ahead
  }

  /// One run down a column.
  private struct Run {
    let room: Int
    let needs: BucketNeeds
    let unitNanos: Int64
    let slices: WindowSlices
    /// What belongs to slices that have not begun.
    var ahead: [Reading] = []
    /// What sums of 64 bits do not hold, and its cell.
    var large: [(Reading, Int)] = []

    /// The loop that every reading passes through once.
    mutating func add(
      _ rows: borrowing RowChunk.ColumnRows, from first: Int, slots: Span<Int32>, owners: Span<UInt32>,
      counts: inout ContiguousArray<Int32>, sums: inout ContiguousArray<Int64>, minima: inout ContiguousArray<Double>,
      maxima: inout ContiguousArray<Double>, lasts: inout ContiguousArray<Last>
    ) {
      let (wantsSum, wantsExtremes, wantsLast) = (
        needs.contains(.sum), needs.contains(.extremes), needs.contains(.last)
      )
      // The slice of the row before, which the next mostly shares.
      var slice = slices.none
      var number = NumberReader()
      var counts = counts.mutableSpan
      var sums = sums.mutableSpan
      var minima = minima.mutableSpan
      var maxima = maxima.mutableSpan
      var lasts = lasts.mutableSpan
      for row in first..<rows.times.count {
        let tag = rows.tags[row]
        let payload = rows.payloads[row]
        if tag == 0 || !number.read(tag, payload) { continue }
        let (time, overflow) = rows.times[row].multipliedReportingOverflow(by: unitNanos)
        if overflow { continue }
        if time < slice.start || time >= slice.end { slice = slices.slice(of: time) }
        if slice.isOver { continue }
        let series = Int(rows.series[row])
        let slot = Int(slots[series])
        if slice.isAhead {
          ahead.append(Reading(number, payload, at: time, of: owners[series], slot: slot))
          continue
        }
        let cell = slice.place &* room &+ slot
        counts[cell] += 1
        if wantsSum, !WindowCells.sum(payload, number.scale, into: &sums[cell]) {
          large.append((Reading(number, payload, at: time, of: owners[series], slot: slot), cell))
        }
        let value = number.value
        if wantsExtremes {
          if value < minima[cell] { minima[cell] = value }
          if value > maxima[cell] { maxima[cell] = value }
        }
        if wantsLast { lasts[cell].take(Last(value: value, time: time, owner: owners[series])) }
      }
    }
  }

  /// Adds a decimal; false if it is none, or 64 bits do not hold the sum.
  @inline(__always)
  fileprivate static func sum(_ mantissa: Int64, _ scale: Int, into sum: inout Int64) -> Bool {
    if scale < 0 { return false }
    let (billionths, isLarge) = mantissa.multipliedReportingOverflow(by: factors[scale])
    let (total, isTooLarge) = sum.addingReportingOverflow(billionths)
    if isLarge || isTooLarge { return false }
    sum = total
    return true
  }

  private static let factors: InlineArray<10, Int64> = [
    1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1,
  ]

  @inline(never)
  private mutating func addRest(_ reading: Reading, to cell: Int) {
    if rests.isEmpty { rests = ContiguousArray(repeating: ExactSum(), count: counts.count) }
    if reading.scale >= 0 {
      rests[cell].add(mantissa: reading.mantissa, scale: reading.scale)
    } else {
      rests[cell].add(reading.value)
    }
  }

  /// What the places add up to, for so many devices.
  func total(slots: Int) -> WindowSums {
    var total = WindowSums(slots: slots, needs: needs)
    let (counts, rests, minima, maxima, lasts) = (counts.span, rests.span, minima.span, maxima.span, lasts.span)
    for place in 0..<places {
      let cells = place * room..<place * room + slots
      total.merge(
        counts: counts.extracting(cells), rests: rests.isEmpty ? rests : rests.extracting(cells),
        minima: minima.isEmpty ? minima : minima.extracting(cells),
        maxima: maxima.isEmpty ? maxima : maxima.extracting(cells),
        lasts: lasts.isEmpty ? lasts : lasts.extracting(cells))
    }
    if !sums.isEmpty { addSums(to: &total, slots: slots) }
    return total
  }

  /// Adds the sums of 64 bits: as such, unless they come to more together.
  private func addSums(to total: inout WindowSums, slots: Int) {
    let sums = sums.span
    var added = ContiguousArray<Int64>(repeating: 0, count: slots)
    var isTooLarge = false
    for place in 0..<places {
      let cells = sums.extracting(place * room..<place * room + slots)
      var added = added.mutableSpan
      for slot in cells.indices {
        let (sum, overflow) = added[slot].addingReportingOverflow(cells[slot])
        added[slot] = sum
        isTooLarge = isTooLarge || overflow
      }
    }
    if !isTooLarge { return total.merge(billionths: added.span) }
    for place in 0..<places { total.merge(billionths: sums.extracting(place * room..<place * room + slots)) }
  }
}
