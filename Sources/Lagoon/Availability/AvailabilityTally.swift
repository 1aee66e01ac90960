import Primitives

/// Judges the silences of devices: which of them are outages, and how much of each group's time they take.
struct AvailabilityTally {
  private let asked: Range<UnixNanos>
  /// Whether whoever asks sees some devices alone: rows of before they came into sight say nothing.
  private let isScoped: Bool
  private let now: UnixNanos
  private var sums: [Int32: AvailabilityAnswer.Group] = [:]
  private var outageCount = 0
  /// Times of parts that could not be read: whoever was silent then may not have been.
  var blind: [Range<UnixNanos>] = []
  /// The same with the limit behind it up to which a row of that time keeps a device live, by limit.
  private var blindByLimit: [Int64: TimeRanges] = [:]

  /// - Parameter now: an outage that reaches up to then lasts.
  init(within asked: Range<UnixNanos>, isScoped: Bool, lastsUntil now: UnixNanos) {
    self.asked = asked
    self.isScoped = isScoped
    self.now = now
  }

  /// What is held, about.
  var byteCount: Int { outageCount * 96 + sums.count * 256 }

  /// One device while it is judged.
  private struct Case {
    var device: String
    var planned: TimeRanges
    var listening: UnixNanos
    var keptSince: UnixNanos
    var groups: Set<Int32> = []
  }

  /// - Parameters:
  ///   - silences: of the device, by time.
  ///   - listening: since when rows of the device would have been received as they were sent.
  ///   - keptSince: what was before has expired.
  mutating func add(
    _ device: String, _ expected: ExpectedTimes, _ silences: ArraySlice<Silence>, listening: UnixNanos,
    keptSince: UnixNanos
  ) throws(QueryError) {
    var one = Case(device: device, planned: expected.planned, listening: listening, keptSince: keptSince)
    var first = silences.startIndex
    for stretch in expected.stretches {
      var times = AvailabilityAnswer.Times()
      let known = max(stretch.from, min(stretch.to, keptSince))
      if stretch.from < known {
        times.unknown += Int128(one.planned.nanosOutside(stretch.from..<known))
      }
      // Silences of before the stretch concern no later one either.
      while first < silences.endIndex && silences[first].until <= stretch.from { first += 1 }
      for silence in silences[first...] {
        if silence.after >= stretch.to { break }
        try judge(silence, stretch, known: known, &one, &times)
      }
      let whole = one.planned.nanosOutside(stretch.from..<stretch.to)
      times.planned = Int128(stretch.to - stretch.from - whole)
      times.live = Int128(whole) - times.outage - times.unknown
      add(times, of: &one, to: stretch.group)
    }
  }

  private mutating func add(_ times: AvailabilityAnswer.Times, of one: inout Case, to group: Int32) {
    var sum = sums[group] ?? AvailabilityAnswer.Group(name: "")
    if one.groups.insert(group).inserted { sum.devices += 1 }
    sum.times.live += times.live
    sum.times.outage += times.outage
    sum.times.planned += times.planned
    sum.times.unknown += times.unknown
    sums[group] = sum
  }

  private mutating func judge(
    _ silence: Silence, _ stretch: ExpectedTimes.Stretch, known: UnixNanos, _ one: inout Case,
    _ times: inout AvailabilityAnswer.Times
  ) throws(QueryError) {
    var after = silence.after
    if isScoped && after < stretch.since { after = .min }
    var start = known
    if after > .min { start = max(start, Self.adding(after, stretch.limitNanos)) }
    let end = min(stretch.to, silence.until)
    if start >= end { return }
    // Since then a row would have been received, kept and seen.
    let sure = max(one.listening, max(one.keptSince, stretch.since))
    let isBetweenRows = after > .min && silence.isEnded && silence.until < one.listening
    if after < sure && !isBetweenRows {
      // Of a device that lives a row comes within the limit of when that began.
      let doubtful = max(start, min(end, Self.adding(sure, stretch.limitNanos)))
      if start < doubtful { times.unknown += Int128(one.planned.nanosOutside(start..<doubtful)) }
      start = doubtful
      if start >= end { return }
    }
    try split(start..<end, stretch, one, &times)
  }

  private static func adding(_ time: UnixNanos, _ nanos: Int64) -> UnixNanos {
    let (sum, overflow) = time.addingReportingOverflow(nanos)
    return overflow ? .max : sum
  }

  /// Takes a time that is an outage where nothing was planned and everything could be read.
  private mutating func split(
    _ silent: Range<UnixNanos>, _ stretch: ExpectedTimes.Stretch, _ one: Case, _ times: inout AvailabilityAnswer.Times
  ) throws(QueryError) {
    var pieces: [Range<UnixNanos>] = []
    var unseen: Int64 = 0
    unreadTimes(stretch.limitNanos).split(silent) { range in
      one.planned.split(range) {
        pieces.append($0)
      } inside: { _ in
      }
    } inside: { range in
      unseen += one.planned.nanosOutside(range)
    }
    times.unknown += Int128(unseen)
    for piece in pieces {
      times.outage += Int128(piece.upperBound - piece.lowerBound)
      try append(piece, of: one.device, to: stretch.group)
    }
  }

  private mutating func unreadTimes(_ limit: Int64) -> TimeRanges {
    if blind.isEmpty { return TimeRanges() }
    if let known = blindByLimit[limit] { return known }
    let made = TimeRanges(blind.map { $0.lowerBound..<max($0.upperBound, Self.adding($0.upperBound, limit)) })
    blindByLimit[limit] = made
    return made
  }

  private mutating func append(
    _ range: Range<UnixNanos>, of device: String, to group: Int32
  ) throws(QueryError) {
    let end: UnixNanos? = range.upperBound == now ? nil : range.upperBound
    var outages: [AvailabilityAnswer.Outage] = []
    swap(&outages, &sums[group, default: AvailabilityAnswer.Group(name: "")].outages)
    if let last = outages.last, last.device == device, last.to == range.lowerBound {
      // The registry says something else of the device, and it goes on.
      outages[outages.count - 1].to = end
      outages[outages.count - 1].nanos += range.upperBound - range.lowerBound
    } else {
      if outageCount >= Limits.outages { throw QueryError.tooManyOutages(limit: Limits.outages) }
      outageCount += 1
      outages.append(
        AvailabilityAnswer.Outage(
          device: device, from: range.lowerBound, to: end, nanos: range.upperBound - range.lowerBound))
    }
    swap(&outages, &sums[group, default: AvailabilityAnswer.Group(name: "")].outages)
  }

  /// The groups, by name; nothing is left.
  ///
  /// - Parameter names: by number.
  mutating func groups(
    named names: [String], cause: (_ device: String, _ from: UnixNanos, _ to: UnixNanos?) -> String?
  ) -> [AvailabilityAnswer.Group] {
    var groups: [AvailabilityAnswer.Group] = []
    for (number, sum) in sums {
      var group = sum
      group.name = names[Int(number)]
      group.outages.sort { ($0.from, $0.device) < ($1.from, $1.device) }
      for place in group.outages.indices {
        let outage = group.outages[place]
        group.outages[place].cause = cause(outage.device, outage.from, outage.to)
      }
      groups.append(group)
    }
    sums = [:]
    return groups.sorted { $0.name < $1.name }
  }
}
