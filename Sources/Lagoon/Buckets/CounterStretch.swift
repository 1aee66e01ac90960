import Primitives
import Rollups
import Telemetry

/// Readings of one series that follow each other within a bucket: the first, the last, and what the counter rose by from
/// the one to the other.
struct CounterStretch: BitwiseCopyable {
  private(set) var firstTime: UnixNanos
  private(set) var lastTime: UnixNanos
  private var firstPayload: Int64
  private var lastPayload: Int64
  /// `risen / 10^riseScale`, or the place of an exact sum.
  private var risen: Int64 = 0
  private var riseScale: Int8 = 0
  private var firstTag: ValueTag
  private var lastTag: ValueTag
  private(set) var isSingle = true
  /// Whether it is all that is left: the readings that it was made of have expired.
  private(set) var isAlone = false
  /// Whether nobody knows what it rose by.
  private(set) var isUnknown = false

  /// The scale that says that `risen` is a place among exact sums.
  private static let isPlace: Int8 = -1

  init(_ reading: CounterReading) {
    firstTime = reading.time
    lastTime = reading.time
    firstPayload = reading.payload
    lastPayload = reading.payload
    firstTag = reading.tag
    lastTag = reading.tag
  }

  /// A stretch that was stored.
  ///
  /// - Parameters:
  ///   - risen: `risen / 10^scale` is what the counter rose by inside; nil if nobody knows.
  ///   - isAlone: whether its readings have expired.
  init(
    stored first: CounterReading, _ last: CounterReading, isSingle: Bool, risen: Int64?, scale: Int, isAlone: Bool
  ) {
    self.init(first)
    lastTime = last.time
    lastPayload = last.payload
    lastTag = last.tag
    self.isSingle = isSingle
    self.risen = risen ?? 0
    riseScale = Int8(truncatingIfNeeded: scale)
    isUnknown = risen == nil
    self.isAlone = isAlone
  }

  /// The same, of which nobody knows what it rose by.
  var withoutRise: CounterStretch {
    var other = self
    other.isUnknown = true
    return other
  }

  var first: CounterReading { CounterReading(time: firstTime, payload: firstPayload, tag: firstTag) }
  var last: CounterReading { CounterReading(time: lastTime, payload: lastPayload, tag: lastTag) }

  /// Adds a reading that comes after the last one.
  ///
  /// - Parameter sums: where rises stand that have no short form.
  @inline(__always)
  mutating func append(_ next: CounterReading, sums: inout [ExactSum]) {
    if !addPlainly(next) { add(next, sums: &sums) }
    lastTime = next.time
    lastPayload = next.payload
    lastTag = next.tag
    isSingle = false
  }

  /// Of two readings with as many places as the rise has; false if it is more than that.
  @inline(__always)
  private mutating func addPlainly(_ next: CounterReading) -> Bool {
    guard riseScale != Self.isPlace, let scale = next.scale, scale == last.scale,
      risen == 0 || Int8(truncatingIfNeeded: scale) == riseScale
    else { return false }
    let (difference, isWide) = next.payload.subtractingReportingOverflow(lastPayload)
    if isWide { return false }
    let (sum, isTooMuch) = risen.addingReportingOverflow(difference >= 0 ? difference : max(0, next.payload))
    if isTooMuch { return false }
    risen = sum
    riseScale = Int8(truncatingIfNeeded: scale)
    return true
  }

  @inline(never)
  private mutating func add(_ next: CounterReading, sums: inout [ExactSum]) {
    var sum = rise(sums)
    sum.addRise(from: last, to: next)
    if riseScale == Self.isPlace {
      sums[Int(risen)] = sum
      return
    }
    let scale = max(Int(riseScale), last.scale ?? 0, next.scale ?? 0)
    if let short = sum.mantissa(scale: scale) {
      (risen, riseScale) = (short, Int8(scale))
    } else {
      (risen, riseScale) = (Int64(sums.count), Self.isPlace)
      sums.append(sum)
    }
  }

  /// What the counter rose by inside.
  @inline(__always)
  func rise(_ sums: [ExactSum]) -> ExactSum {
    if riseScale == Self.isPlace { return sums[Int(risen)] }
    var sum = ExactSum()
    sum.add(mantissa: risen, scale: Int(riseScale))
    return sum
  }

  /// The same, with its rise among other sums.
  func moved(from sums: [ExactSum], to others: inout [ExactSum]) -> CounterStretch {
    if riseScale != Self.isPlace { return self }
    var moved = self
    moved.risen = Int64(others.count)
    others.append(sums[Int(risen)])
    return moved
  }
}
