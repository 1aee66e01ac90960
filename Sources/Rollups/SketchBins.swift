/// Counts by number of a bin, dense between the least and the largest that holds any.
public struct SketchBins: Sendable, Equatable {
  /// The bin of `counts[0]`; meaningless while that is empty.
  private(set) var first: Int32 = 0
  private(set) var counts: [Int64] = []
  public private(set) var count: Int64 = 0

  init() {}

  /// Adds to a bin.
  mutating func add(_ number: Int64, to bin: Int32) {
    if counts.isEmpty {
      first = bin
      counts = [0]
    } else if bin < first {
      counts.insert(contentsOf: repeatElement(0, count: Int(first - bin)), at: 0)
      first = bin
    } else if Int(bin - first) >= counts.count {
      counts.append(contentsOf: repeatElement(0, count: Int(bin - first) + 1 - counts.count))
    }
    counts[Int(bin - first)] += number
    count += number
  }

  mutating func merge(_ other: SketchBins) {
    if counts.isEmpty {
      self = other
      return
    }
    for (bin, number) in other.ascending { add(number, to: bin) }
  }

  /// Bins that hold any, with their counts, the least first.
  var ascending: some Sequence<(bin: Int32, number: Int64)> {
    counts.indices.lazy.filter { counts[$0] > 0 }.map { (bin: first + Int32($0), number: counts[$0]) }
  }

  var descending: some Sequence<(bin: Int32, number: Int64)> {
    counts.indices.reversed().lazy.filter { counts[$0] > 0 }.map { (bin: first + Int32($0), number: counts[$0]) }
  }
}
