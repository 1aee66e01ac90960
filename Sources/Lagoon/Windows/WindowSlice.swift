import Primitives
import Rollups

/// What the readings of one slice of time add up to, by the number of their device: column by column, and only what is
/// asked for. Devices that nothing came of may have no place yet.
struct WindowSlice {
  /// Counted from 1970 in slices.
  private(set) var number: Int64
  let needs: BucketNeeds
  private(set) var counts: ContiguousArray<Int32> = []
  /// Sums of decimals in billionths, as far as 64 bits hold them.
  private(set) var sums: ContiguousArray<Int64> = []
  /// What they do not hold; empty until there is something.
  private(set) var rests: ContiguousArray<ExactSum> = []
  private(set) var minima: ContiguousArray<Double> = []
  private(set) var maxima: ContiguousArray<Double> = []
  private(set) var lasts: ContiguousArray<Last> = []

  /// The latest reading: of several at one instant that of the largest series, and of one series the last to come.
  struct Last: BitwiseCopyable {
    var value = 0.0
    var time = UnixNanos.min
    var owner: UInt32 = 0

    @inline(__always)
    mutating func take(_ other: Last) {
      if other.time > time || (other.time == time && other.owner >= owner) { self = other }
    }
  }

  init(number: Int64, needs: BucketNeeds) {
    self.number = number
    self.needs = needs
  }

  /// Begins anew as another slice.
  mutating func clear(number: Int64) {
    self.number = number
    counts.removeAll(keepingCapacity: true)
    sums.removeAll(keepingCapacity: true)
    rests.removeAll(keepingCapacity: true)
    minima.removeAll(keepingCapacity: true)
    maxima.removeAll(keepingCapacity: true)
    lasts.removeAll(keepingCapacity: true)
  }

  /// Memory held, in bytes.
  var byteCount: Int {
    counts.capacity * 4 + 8 * (sums.capacity + minima.capacity + maxima.capacity)
      + rests.capacity * MemoryLayout<ExactSum>.stride + lasts.capacity * MemoryLayout<Last>.stride
  }

  /// Adds a reading of a device: `mantissa` and `scale` if it is a decimal that is summed up exactly, `scale` -1 if not.
  @inline(__always)
  mutating func add(
    _ value: Double, mantissa: Int64, scale: Int, at time: UnixNanos, of owner: UInt32, to slot: Int
  ) {
    if slot >= counts.count { grow(to: slot + 1) }
    counts[slot] += 1
    if needs.contains(.sum) { sum(value, mantissa: mantissa, scale: scale, to: slot) }
    if needs.contains(.extremes) {
      if value < minima[slot] { minima[slot] = value }
      if value > maxima[slot] { maxima[slot] = value }
    }
    if needs.contains(.last) { lasts[slot].take(Last(value: value, time: time, owner: owner)) }
  }

  @inline(__always)
  private mutating func sum(_ value: Double, mantissa: Int64, scale: Int, to slot: Int) {
    if scale >= 0 {
      let (billionths, isLarge) = mantissa.multipliedReportingOverflow(by: Self.factor(scale))
      let (total, isTooLarge) = sums[slot].addingReportingOverflow(billionths)
      if !isLarge && !isTooLarge {
        sums[slot] = total
        return
      }
    }
    sumRest(value, mantissa: mantissa, scale: scale, to: slot)
  }

  private static let factors: [Int64] = [
    1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1,
  ]

  @inline(__always)
  private static func factor(_ scale: Int) -> Int64 { factors[scale] }

  @inline(never)
  private mutating func sumRest(_ value: Double, mantissa: Int64, scale: Int, to slot: Int) {
    if rests.count < counts.count {
      rests.append(contentsOf: repeatElement(ExactSum(), count: counts.count - rests.count))
    }
    if scale >= 0 { rests[slot].add(mantissa: mantissa, scale: scale) } else { rests[slot].add(value) }
  }

  @inline(never)
  private mutating func grow(to count: Int) {
    let more = count - counts.count
    counts.append(contentsOf: repeatElement(0, count: more))
    if needs.contains(.sum) { sums.append(contentsOf: repeatElement(0, count: more)) }
    if needs.contains(.extremes) {
      minima.append(contentsOf: repeatElement(.infinity, count: more))
      maxima.append(contentsOf: repeatElement(-.infinity, count: more))
    }
    if needs.contains(.last) { lasts.append(contentsOf: repeatElement(Last(), count: more)) }
  }
}
