import Primitives

/// Stretches of time that do not touch each other, by time.
struct TimeRanges {
  private(set) var ranges: [Range<UnixNanos>]

  /// Of any stretches, in any order.
  init(_ any: [Range<UnixNanos>] = []) {
    ranges = []
    for range in any.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      if let last = ranges.last, range.lowerBound <= last.upperBound {
        ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        ranges.append(range)
      }
    }
  }

  var isEmpty: Bool { ranges.isEmpty }

  /// Calls with what of a stretch lies in none of them, and with what lies in one, by time.
  func split(_ stretch: Range<UnixNanos>, outside: (Range<UnixNanos>) -> Void, inside: (Range<UnixNanos>) -> Void) {
    var from = stretch.lowerBound
    for range in ranges[firstPlace(endingAfter: from)...] {
      if range.lowerBound >= stretch.upperBound { break }
      if from < range.lowerBound { outside(from..<range.lowerBound) }
      let end = min(range.upperBound, stretch.upperBound)
      inside(max(from, range.lowerBound)..<end)
      from = end
    }
    if from < stretch.upperBound { outside(from..<stretch.upperBound) }
  }

  /// How much of a stretch lies in none of them.
  func nanosOutside(_ stretch: Range<UnixNanos>) -> Int64 {
    var sum: Int64 = 0
    split(stretch) {
      sum += $0.upperBound - $0.lowerBound
    } inside: { _ in
    }
    return sum
  }

  private func firstPlace(endingAfter time: UnixNanos) -> Int {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound > time { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
