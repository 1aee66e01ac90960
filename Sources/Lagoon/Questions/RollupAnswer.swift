public import Primitives
public import Rollups

/// What a `RollupQuery` finds: no empty bucket, no empty group.
public struct RollupAnswer: Sendable {
  public struct Cell: Sendable {
    /// The bucket's start.
    public var time: UnixNanos
    /// Where it ends: the next one's start.
    public var end: UnixNanos
    public var bucket: Bucket
    /// Readings of the bucket that a double does not hold.
    var wide: WideEdges?
    /// What a standard deviation is made of; unknown unless asked for, or once readings are gone.
    public var spread: Spread
    /// The quantiles asked for, in the order of the query's aggregates.
    public var quantiles: [Double]
    /// Whether quantiles are not known because sketches sum up only some of the readings, and the rest is gone.
    public var isPartial: Bool
    /// How far its counters rose together; nil unless asked for, or once readings are gone.
    var rise: ExactSum?
    /// How long counters had time to rise, in nanoseconds: of a bucket that has not ended, until now.
    var elapsedNanos: Int64
    /// How many devices it has readings of; 0 unless asked for.
    public var distinct: Int64
    /// Whether nothing more is expected but what comes late: it ended before the view's `completeUntil`.
    public var isComplete: Bool

    /// How far its counters rose together; NaN where that is not known.
    public var increase: Double { rise?.value ?? .nan }

    /// The standard deviation; NaN where that is not known.
    public var deviation: Double { spread.deviation(count: bucket.count) }

    /// An aggregate; `quantile` is how many of the query's quantiles stand before it. An integer where it counts.
    public func value(of aggregate: Aggregate, quantile: inout Int) -> AggregateValue {
      switch aggregate {
      case .count: return .integer(bucket.count)
      case .distinct: return .integer(distinct)
      case .increase: return rise.map(Self.value(of:)) ?? .double(.nan)
      case .rate: return .double(increase * Double(Nanos.perSecond) / Double(elapsedNanos))
      case .standardDeviation: return .double(deviation)
      case .quantile:
        defer { quantile += 1 }
        return .double(quantiles[quantile])
      case .sum: return Self.value(of: bucket.total)
      case .minimum: return Self.value(of: wide?.least, bucket.min)
      case .maximum: return Self.value(of: wide?.largest, bucket.max)
      case .first: return Self.value(of: wide?.first, bucket.first)
      case .last: return Self.value(of: wide?.last, bucket.last)
      case .average: return .double(bucket.average)
      }
    }

    private static func value(of sum: ExactSum) -> AggregateValue {
      sum.wideDigits.map { .digits(mantissa: $0.mantissa, scale: $0.scale) } ?? .double(sum.value)
    }

    private static func value(of wide: WideNumber?, _ value: Double) -> AggregateValue {
      wide.map { .digits(mantissa: Int128($0.mantissa), scale: $0.scale) } ?? .double(value)
    }
  }

  /// What an aggregate comes to.
  public enum AggregateValue: Sendable, Hashable {
    case integer(Int64)
    case double(Double)
    /// `mantissa / 10^scale`, which no double holds.
    case digits(mantissa: Int128, scale: Int)
  }

  public struct Group: Sendable {
    /// The group's name; empty without `groupBy`, and for devices of which the registry says nothing.
    public let name: String
    let places: [RollupCells.Place]
    let content: Content

    /// How many buckets it has.
    public var count: Int { places.count }

    /// One of its buckets, by time.
    public func cell(_ index: Int) -> Cell { content.cell(places[index]) }

    /// Where one of its buckets begins.
    public func time(_ index: Int) -> UnixNanos { content.grid.start(of: places[index].number) }

    /// The number of a bucket's time: equal for those of one time, whatever their group.
    public func timeNumber(_ index: Int) -> Int { places[index].number }

    /// All its buckets.
    public var cells: [Cell] { places.indices.map(cell) }
  }

  /// What all groups' buckets are made of.
  final class Content: Sendable {
    let grid: BucketGrid
    let cells: RollupCells
    let extras: RollupExtras
    let ordered: RollupExtras.Ordered
    let thousandths: [Int]
    /// nil unless they were asked for.
    let increases: CounterRises?
    /// Places of buckets some of whose readings are gone.
    let gone: Set<Int>
    let query: RollupQuery
    let completeUntil: UnixNanos

    init(
      _ pass: consuming RollupPass, increases: CounterRises?, completeUntil: UnixNanos
    ) throws(QueryError) {
      thousandths = pass.query.aggregates.compactMap { aggregate in
        if case .quantile(let thousandths) = aggregate { thousandths } else { nil }
      }
      ordered = try pass.extras.ordered(placeCount: pass.cells.count, probe: pass.probe)
      grid = pass.grid
      cells = pass.cells
      extras = pass.extras
      gone = pass.gone
      query = pass.query
      self.increases = increases
      self.completeUntil = completeUntil
    }

    var byteCount: Int { cells.byteCount + extras.byteCount + ordered.byteCount + (increases?.rises.count ?? 0) * 80 }

    func cell(_ place: RollupCells.Place) -> Cell {
      let bucket = cells.bucket(at: place.index)
      let (start, end) = (grid.start(of: place.number), grid.start(of: place.number + 1))
      let isGone = gone.contains(place.index)
      let isPartial = !thousandths.isEmpty && extras.isPartial(at: place.index, count: bucket.count)
      return Cell(
        time: start, end: end, bucket: bucket, wide: cells.wideEdges(at: place.index),
        spread: isGone ? .unknown : cells.spread(at: place.index),
        quantiles: thousandths.map {
          isPartial ? .nan : extras.quantile(thousandths: $0, at: place.index, bucket: bucket, ordered: ordered)
        },
        isPartial: isPartial,
        rise: increases.flatMap { $0.rise(at: BucketPlace(place)) },
        elapsedNanos: elapsedNanos(start..<end),
        distinct: extras.wantsDevices ? extras.distinct(at: place.index) : 0, isComplete: end <= completeUntil)
    }

    /// How much of a bucket was asked for and has come.
    private func elapsedNanos(_ bucket: Range<UnixNanos>) -> Int64 {
      let asked = max(bucket.lowerBound, query.from)..<min(bucket.upperBound, query.to)
      // A clock that is ahead has readings of what has not come.
      let end = asked.contains(completeUntil) && completeUntil > asked.lowerBound ? completeUntil : asked.upperBound
      return end - asked.lowerBound
    }
  }

  /// By name.
  public var groups: [Group]
  /// What it cost: readings run down, and stored buckets merged instead.
  public var readingsRead: Int
  public var storedBucketsRead: Int

  /// Memory held, in bytes, about.
  public var byteCount: Int {
    groups.reduce(groups.first?.content.byteCount ?? 0) { $0 + $1.count * MemoryLayout<RollupCells.Place>.stride + 64 }
  }
}
