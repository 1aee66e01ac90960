import Rollups
import Telemetry

/// The buckets of one field of one part, column by column: what most questions are made of. They never change.
///
/// Row `n` is one bucket; rows of one device stand together, mostly by time. Of one device and time there may be several
/// rows, which add up.
public final class BucketColumns: Sendable {
  /// Rows of one device, or of one series where the request tells them apart.
  struct Run {
    var device: String
    /// The series: see `SeriesOwners`.
    var owner: UInt32 = 0
    var tags: [SeriesKey.Tag] = []
    var rows: Range<Int>
  }

  /// The length of a bucket.
  public let stepNanos: Int64
  let runs: [Run]
  /// The bucket's number since 1970.
  let numbers: [Int32]
  let counts: [UInt32]
  /// What was not asked for is empty.
  let sums: BucketSums
  let spreads: [Spread]
  let minima: [Double]
  let maxima: [Double]
  let firsts: [Double]
  let lasts: [Double]
  /// Nanoseconds since 1970.
  let firstTimes: [Int64]
  let lastTimes: [Int64]
  /// One for each row, or none at all; of a row whose readings are gone without one an empty one.
  let sketches: [QuantileSketch]
  /// Whether there are readings with more digits than a double holds: then the readings themselves tell.
  let isWide: Bool
  /// Whether the runs are by device, as parts are.
  private let isSorted: Bool

  var hasSketches: Bool { sketches.count == numbers.count }

  /// Memory held, in bytes, about.
  public var byteCount: Int {
    let words = 2 * spreads.count + minima.count + maxima.count + firsts.count + lasts.count + firstTimes.count
    let sumBytes = sums.scaled.count * 8 + sums.exact.count * 32
    return numbers.count * 8 + sumBytes + (words + lastTimes.count) * 8 + sketches.count * 256 + runs.count * 80
  }

  init(_ builder: consuming BucketColumnsBuilder) {
    stepNanos = builder.stepNanos
    runs = builder.runs
    numbers = builder.numbers
    counts = builder.counts
    sums = builder.sums
    spreads = builder.spreads
    isWide = builder.isWide
    minima = builder.minima
    maxima = builder.maxima
    firsts = builder.firsts
    lasts = builder.lasts
    firstTimes = builder.firstTimes
    lastTimes = builder.lastTimes
    sketches = builder.sketches
    isSorted = zip(runs, runs.dropFirst()).allSatisfy { !$1.device.utf8.lexicographicallyPrecedes($0.device.utf8) }
  }

  /// The same of which it is known whether they are wide.
  init(_ other: BucketColumns, isWide: Bool) {
    stepNanos = other.stepNanos
    runs = other.runs
    numbers = other.numbers
    counts = other.counts
    sums = other.sums
    spreads = other.spreads
    self.isWide = isWide
    minima = other.minima
    maxima = other.maxima
    firsts = other.firsts
    lasts = other.lasts
    firstTimes = other.firstTimes
    lastTimes = other.lastTimes
    sketches = other.sketches
    isSorted = other.isSorted
  }

  /// The runs of a device.
  func runs(of device: String) -> [Run] {
    isSorted ? Array(runs[lowerBound(device)...].prefix { $0.device == device }) : runs.filter { $0.device == device }
  }

  private func lowerBound(_ device: String) -> Int {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].device.utf8.lexicographicallyPrecedes(device.utf8) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension BucketColumns: PartSummary {}
