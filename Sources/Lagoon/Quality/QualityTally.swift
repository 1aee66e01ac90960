import Primitives
import Rollups

/// What was counted of each device in each bucket.
struct QualityTally {
  /// One device's bucket.
  struct Entry: BitwiseCopyable {
    /// Rows of all measurements, and of the one that sends most.
    var received: Int32 = 0
    var mostRows: Int32 = 0
    var checked: Int32 = 0
    var invalid: Int32 = 0
    var duplicates: Int32 = 0
    var malformed: Int32 = 0
    /// Of the newest row, or other sign of life.
    var newest = UnixNanos.min
  }

  let grid: BucketGrid
  let now: UnixNanos
  private let listeningSince: UnixNanos
  private var places: [String: Int] = [:]
  private var devices: [String] = []
  private var entries: [Entry] = []
  /// The newest sign of each device before the first bucket.
  private var newestBefore: [UnixNanos] = []

  init(grid: BucketGrid, now: UnixNanos, listeningSince: UnixNanos = .min) {
    self.grid = grid
    self.now = now
    self.listeningSince = listeningSince
  }

  /// Makes a device known, whether or not anything came of it.
  @discardableResult
  mutating func addDevice(_ id: String) throws(QueryError) -> Int {
    if let known = places[id] { return known }
    if grid.count > Limits.buckets / (devices.count + 1) {
      throw QueryError.tooManyBuckets(limit: Limits.buckets)
    }
    let place = devices.count
    places[id] = place
    devices.append(id)
    newestBefore.append(.min)
    entries.append(contentsOf: repeatElement(Entry(), count: grid.count))
    return place
  }

  /// Changes a device's bucket that holds an instant; nothing if it lies outside.
  mutating func change(_ device: Int, at time: UnixNanos, _ body: (inout Entry) -> Void) {
    if time < grid.start || time >= grid.end { return }
    body(&entries[device * grid.count + grid.number(of: time)])
  }

  /// Notes a sign of life.
  mutating func note(_ device: Int, sign: UnixNanos, bucketOf time: UnixNanos) {
    if time < grid.start {
      newestBefore[device] = max(newestBefore[device], sign)
    } else {
      change(device, at: time) { $0.newest = max($0.newest, sign) }
    }
  }

  // MARK: the answer

  /// The sums of which a group's cell is the average.
  private struct Sum {
    var cell: QualityAnswer.Cell
    var correct = Mean()
    var complete = Mean()
    var clean = Mean()
    var live = Mean()
  }

  private struct Mean {
    private var sum = 0.0
    private var count = 0.0

    mutating func add(_ value: Double?) {
      guard let value else { return }
      sum += value
      count += 1
    }

    var value: Double? { count > 0 ? sum / count : nil }
  }

  consuming func answer(
    grouping: inout DeviceGrouping, directory: any DeviceDirectory, heard: HeardTimes?, probe: QuestionProbe
  ) throws(QueryError) -> QualityAnswer {
    var sums: [BucketPlace: Sum] = [:]
    for (place, id) in devices.enumerated() {
      if place % 64 == 0 {
        try probe.check(holding: entries.count * MemoryLayout<Entry>.stride + sums.count * 256)
      }
      var newest = newestBefore[place]
      let lastHeard = heard?[id]
      for number in 0..<grid.count {
        let start = grid.start(of: number)
        if start >= now { break }
        let entry = entries[place * grid.count + number]
        newest = max(newest, entry.newest)
        let facts = directory.device(id, at: start)
        // Whom nobody knows and nothing came of is not there.
        if facts == nil && entry.received == 0 { continue }
        let group = grouping.group(of: id, epoch: grouping.epoch(of: start))
        if group < 0 { continue }
        if sums.count > Limits.qualityBuckets {
          throw QueryError.tooManyBuckets(limit: Limits.qualityBuckets)
        }
        let end = min(grid.start(of: number + 1), now)
        Self.add(
          entry, newest: Self.sign(newest, lastHeard, isOfNow: end == now),
          interval: facts.map { $0.intervalSeconds ?? QualityQuery.usualIntervalSeconds },
          start: start, end: end, heardFrom: heardFrom(start, end, entry),
          to: &sums[
            BucketPlace(group: group, number: number), default: Sum(cell: QualityAnswer.Cell(time: start))])
      }
    }
    var cells: [Int32: [QualityAnswer.Cell]] = [:]
    for (place, sum) in sums {
      var cell = sum.cell
      (cell.correct, cell.complete) = (sum.correct.value, sum.complete.value)
      (cell.clean, cell.live) = (sum.clean.value, sum.live.value)
      cells[place.group, default: []].append(cell)
    }
    let groups = cells.map { group, cells in
      QualityAnswer.Group(name: grouping.names[Int(group)], cells: cells.sorted { $0.time < $1.time })
    }
    return QualityAnswer(groups: groups.sorted { $0.name < $1.name })
  }

  /// The newest sign of life, which is no newer than the last arrival of all; and that itself where it is now.
  private static func sign(_ newest: UnixNanos, _ lastHeard: UnixNanos?, isOfNow: Bool) -> UnixNanos {
    guard let lastHeard else { return newest }
    return isOfNow ? lastHeard : min(newest, lastHeard)
  }

  /// From when on in a bucket a device would have been heard; the bucket's end if nobody was there to hear it.
  private func heardFrom(_ start: UnixNanos, _ end: UnixNanos, _ entry: Entry) -> UnixNanos {
    if listeningSince <= start { return start }
    // What it kept and sent later is all that can be known of that time, and says how much it is.
    if listeningSince >= end { return entry.received > 0 ? start : end }
    return listeningSince
  }

  private static func add(
    _ entry: Entry, newest: UnixNanos, interval: Double?, start: UnixNanos, end: UnixNanos, heardFrom: UnixNanos,
    to sum: inout Sum
  ) {
    let isHeard = heardFrom < end
    let seconds = max(interval ?? QualityQuery.usualIntervalSeconds, 0.001)
    let limit = Int64(min(3 * seconds, 1e9) * Double(Nanos.perSecond))
    let isLive = newest >= end - limit
    // Of whom nothing is expected nothing can lack.
    if interval != .infinity && isHeard { sum.live.add(isLive ? 1 : 0) }
    if interval != nil && interval != .infinity && isHeard {
      let expected = Int64(Double(end - heardFrom) / Double(Nanos.perSecond) / seconds)
      // One that sends more seldom than a bucket lasts is complete as long as it lives.
      sum.complete.add(expected > 0 ? min(1, Double(entry.mostRows) / Double(expected)) : isLive ? 1 : 0)
      sum.cell.expected += expected
    }
    let refused = Int(entry.duplicates) + Int(entry.malformed)
    let came = Int(entry.received) + refused
    if came > 0 { sum.clean.add(1 - Double(refused) / Double(came)) }
    if entry.checked > 0 {
      sum.correct.add(1 - Double(entry.invalid) / Double(entry.checked))
    } else if entry.received > 0 {
      sum.correct.add(1)
    }
    sum.cell.devices += 1
    sum.cell.received += Int64(entry.received)
    sum.cell.duplicates += Int64(entry.duplicates)
    sum.cell.malformed += Int64(entry.malformed)
  }
}
