import Rollups

/// The buckets of one field of one part, column by column: what most questions are made of. They never change.
///
/// Row `n` is one bucket; rows of one device stand together, mostly by time. Of one device and time there may be several
/// rows, which add up.
public final class BucketColumns: Sendable {
  /// Rows of one device.
  struct Run {
    var device: String
    var rows: Range<Int>
  }

  /// The length of a bucket.
  public let stepNanos: Int64
  let runs: [Run]
  /// The bucket's number since 1970.
  let numbers: [Int32]
  let counts: [UInt32]
  /// Each row's sum times 10^`sumScale`; empty where 64 bits do not hold them all.
  let scaledSums: [Int64]
  let sumScale: Int
  /// Each row's sum if they are not scaled.
  let exactSums: [ExactSum]
  let squares: [Double]
  let minima: [Double]
  let maxima: [Double]
  let firsts: [Double]
  let lasts: [Double]
  /// Nanoseconds since 1970.
  let firstTimes: [Int64]
  let lastTimes: [Int64]
  /// One for each row, or none at all.
  let sketches: [QuantileSketch]
  /// Whether the runs are by device, as parts are.
  private let isSorted: Bool

  var hasSketches: Bool { sketches.count == numbers.count }

  /// Memory held, in bytes, about.
  public var byteCount: Int {
    numbers.count * (64 + (exactSums.isEmpty ? 8 : 32)) + sketches.count * 256 + runs.count * 80
  }

  init(_ builder: consuming BucketColumnsBuilder) {
    stepNanos = builder.stepNanos
    runs = builder.runs
    numbers = builder.numbers
    counts = builder.buckets.map { UInt32(clamping: $0.count) }
    let scale = (0...ExactSum.places).first { scale in
      builder.buckets.allSatisfy { $0.total.mantissa(scale: scale) != nil }
    }
    sumScale = scale ?? 0
    scaledSums = scale.map { scale in builder.buckets.map { $0.total.mantissa(scale: scale) ?? 0 } } ?? []
    exactSums = scale == nil ? builder.buckets.map(\.total) : []
    squares = builder.buckets.map(\.sumSquares)
    minima = builder.buckets.map(\.min)
    maxima = builder.buckets.map(\.max)
    firsts = builder.buckets.map(\.first)
    lasts = builder.buckets.map(\.last)
    firstTimes = builder.buckets.map(\.firstTime)
    lastTimes = builder.buckets.map(\.lastTime)
    sketches = builder.sketches
    isSorted = zip(runs, runs.dropFirst()).allSatisfy { !$1.device.utf8.lexicographicallyPrecedes($0.device.utf8) }
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
