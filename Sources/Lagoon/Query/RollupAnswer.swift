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
    /// The quantiles asked for, in the order of the query's aggregates.
    public var quantiles: [Double]
    /// How far its counters rose together; 0 unless asked for.
    public var increase: Double
    /// How many devices it has readings of; 0 unless asked for.
    public var distinct: Int64
    /// Whether nothing more is expected but what comes late: it ended before the view's `completeUntil`.
    public var isComplete: Bool

    /// An aggregate; `quantile` is how many of the query's quantiles stand before it. An integer where it counts.
    public func value(of aggregate: Aggregate, quantile: inout Int) -> AggregateValue {
      switch aggregate {
      case .count: return .integer(bucket.count)
      case .distinct: return .integer(distinct)
      case .increase: return .double(increase)
      case .rate: return .double(increase * Double(Nanos.perSecond) / Double(end - time))
      case .quantile:
        defer { quantile += 1 }
        return .double(quantiles[quantile])
      default: return .double(aggregate.value(of: bucket) ?? .nan)
      }
    }
  }

  /// What an aggregate comes to.
  public enum AggregateValue: Sendable, Hashable {
    case integer(Int64)
    case double(Double)
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
    let increases: [BucketPlace: Double]
    let completeUntil: UnixNanos

    init(
      _ pass: consuming RollupPass, increases: [BucketPlace: Double], completeUntil: UnixNanos
    ) throws(QueryError) {
      thousandths = pass.query.aggregates.compactMap { aggregate in
        if case .quantile(let thousandths) = aggregate { thousandths } else { nil }
      }
      ordered = try pass.extras.ordered(placeCount: pass.cells.count, probe: pass.probe)
      grid = pass.grid
      cells = pass.cells
      extras = pass.extras
      self.increases = increases
      self.completeUntil = completeUntil
    }

    var byteCount: Int { cells.byteCount + extras.byteCount + ordered.byteCount + increases.count * 40 }

    func cell(_ place: RollupCells.Place) -> Cell {
      let bucket = cells.bucket(at: place.index)
      let end = grid.start(of: place.number + 1)
      return Cell(
        time: grid.start(of: place.number), end: end, bucket: bucket,
        quantiles: thousandths.isEmpty
          ? []
          : thousandths.map {
            extras.quantile(thousandths: $0, at: place.index, bucket: bucket, ordered: ordered)
          },
        increase: increases.isEmpty
          ? 0 : increases[BucketPlace(group: Int32(place.group), number: place.number)] ?? 0,
        distinct: extras.wantsDevices ? extras.distinct(at: place.index) : 0, isComplete: end <= completeUntil)
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
