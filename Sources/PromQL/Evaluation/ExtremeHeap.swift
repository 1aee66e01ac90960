/// The largest or the smallest values of a group, with the one on top that would go first. It grows and shrinks as the
/// heap of Prometheus does, so that of equal values the same ones stay.
struct ExtremeHeap {
  private(set) var entries: [(value: Double, row: Int)] = []
  private let room: Int
  private let isLargest: Bool

  init(room: Int, isLargest: Bool) {
    self.room = room
    self.isLargest = isLargest
  }

  /// Whether a value would go before another one.
  private func goesFirst(_ a: Double, _ b: Double) -> Bool { a.isNaN || (isLargest ? a < b : a > b) }

  mutating func offer(_ value: Double, row: Int) {
    if entries.count < room {
      push(value, row)
    } else if entries[0].value.isNaN || (isLargest ? entries[0].value < value : entries[0].value > value) {
      pop()
      push(value, row)
    }
  }

  private mutating func push(_ value: Double, _ row: Int) {
    entries.append((value, row))
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if !goesFirst(entries[child].value, entries[parent].value) { break }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func pop() {
    let last = entries.count - 1
    entries.swapAt(0, last)
    var parent = 0
    while true {
      var child = parent * 2 + 1
      if child >= last { break }
      if child + 1 < last, goesFirst(entries[child + 1].value, entries[child].value) { child += 1 }
      if !goesFirst(entries[child].value, entries[parent].value) { break }
      entries.swapAt(child, parent)
      parent = child
    }
    entries.removeLast()
  }

  /// The best first.
  var ordered: [(value: Double, row: Int)] {
    let precedes = isLargest ? Ordering.fallingNaNLast : Ordering.risingNaNLast
    return entries.sorted { precedes($0.value, $1.value) }
  }
}
