import Primitives
import Rollups
import Telemetry

/// What no bucket holds, beside the buckets of a question: values to be sorted, sketches, devices. A place here is a
/// place in `RollupCells`.
struct RollupExtras {
  /// Quantiles of steps or ranges below an hour are those of the readings; from an hour up they are sketches', whatever the
  /// answer is made of, so that compaction changes no answer.
  let wantsValues: Bool
  let wantsSketches: Bool
  let wantsDevices: Bool
  private var values: ContiguousArray<Double> = []
  private var valuePlaces: ContiguousArray<Int32> = []
  private var sketches: ContiguousArray<QuantileSketch> = []
  private var devices: ContiguousArray<DistinctCounter> = []

  init(_ query: RollupQuery) {
    let wantsQuantiles = query.aggregates.contains(where: \.isQuantile)
    let isFine = (query.step.days == 0 && query.step.nanos < Nanos.perHour) || query.to - query.from < Nanos.perHour
    wantsValues = wantsQuantiles && isFine
    wantsSketches = wantsQuantiles && !isFine
    wantsDevices = query.aggregates.contains(.distinct)
  }

  var isEmpty: Bool { !(wantsValues || wantsSketches || wantsDevices) }
  var isTooLarge: Bool { values.count > Limits.sortedReadings }

  /// Memory held, in bytes, about.
  var byteCount: Int { values.count * 12 + sketches.count * 256 + devices.count * 64 }

  /// Takes a finite value.
  mutating func add(_ value: Double, to place: Int) {
    if wantsValues {
      values.append(value)
      valuePlaces.append(Int32(truncatingIfNeeded: place))
    }
    if wantsSketches {
      Self.grow(&sketches, to: place, QuantileSketch())
      sketches[place].add(value)
    }
  }

  mutating func merge(_ sketch: QuantileSketch, into place: Int) {
    Self.grow(&sketches, to: place, QuantileSketch())
    sketches[place].merge(sketch)
  }

  mutating func add(device: UInt64, to place: Int) {
    Self.grow(&devices, to: place, DistinctCounter())
    devices[place].add(device)
  }

  private static func grow<Element>(_ array: inout ContiguousArray<Element>, to place: Int, _ element: Element) {
    if place < array.count { return }
    array.append(contentsOf: repeatElement(element, count: max(place + 1 - array.count, array.count)))
  }

  /// How many devices there are at a place.
  func distinct(at place: Int) -> Int64 { place < devices.count ? devices[place].estimate : 0 }

  // MARK: quantiles

  /// Values ordered by their place and then by size.
  struct Ordered {
    fileprivate var starts: [Int32] = []
    fileprivate var values: [Double] = []

    var byteCount: Int { starts.count * 4 + values.count * 8 }
  }

  /// A counting sort by place, and a sort of each place's values.
  func ordered(placeCount: Int, probe: QuestionProbe) throws(QueryError) -> Ordered {
    if !wantsValues { return Ordered() }
    var starts = [Int32](repeating: 0, count: placeCount + 1)
    for place in valuePlaces { starts[Int(place) + 1] += 1 }
    for place in 0..<placeCount { starts[place + 1] += starts[place] }
    var next = starts
    var ordered = [Double](repeating: 0, count: values.count)
    for (index, place) in valuePlaces.enumerated() {
      ordered[Int(next[Int(place)])] = values[index]
      next[Int(place)] += 1
    }
    for place in 0..<placeCount where starts[place] < starts[place + 1] {
      if place % 1_024 == 0 { try probe.check() }
      ordered[Int(starts[place])..<Int(starts[place + 1])].sort()
    }
    return Ordered(starts: starts, values: ordered)
  }

  /// Whether sketches sum up only some of a place's readings: the others' sketch was not kept, and they are gone.
  func isPartial(at place: Int, count: Int64) -> Bool {
    wantsSketches && (place < sketches.count ? sketches[place].count : 0) != count
  }

  /// A quantile of a place's readings; NaN if it has none.
  func quantile(thousandths: Int, at place: Int, bucket: Bucket, ordered: Ordered) -> Double {
    if wantsValues {
      let found = ordered.values[Int(ordered.starts[place])..<Int(ordered.starts[place + 1])]
      return Aggregate.nearestRank(thousandths: thousandths, of: found) ?? .nan
    }
    guard place < sketches.count, let value = sketches[place].quantile(thousandths: thousandths) else { return .nan }
    return min(max(value, bucket.min), bucket.max)
  }
}
