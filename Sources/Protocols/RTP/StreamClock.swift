import Primitives

/// The rate of a stream's timestamps, and its interarrival jitter (RFC 3550 section A.8).
///
/// Where neither payload type nor configuration tells the rate, it is estimated from how timestamps advance beside
/// arrivals, and taken if it is near one that codecs use.
struct StreamClock: BitwiseCopyable {
  /// Units a second; 0 while it is not known.
  private(set) var rate: Int32
  private(set) var isEstimated = false
  /// In units of the timestamp.
  private(set) var jitterUnits = 0.0
  private var largestUnits = 0.0
  private var sumUnits = 0.0
  private var samples = 0

  private var lastArrival: UnixNanos
  private var lastTimestamp: UInt32
  /// Timestamps in a row that are seconds from where they should be, and the last of them.
  private var strays: Int32 = 0
  private var strayTimestamp: UInt32 = 0
  private var anchorArrival: UnixNanos
  /// How far timestamps went since the anchor, and how many different ones there were.
  private var anchorUnits: Int64 = 0
  private var steps: Int32 = 0
  private var nextEstimate: UnixNanos

  private static let knownRates: InlineArray<9, Int32> = [
    8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 90_000,
  ]
  private static let tolerance = 0.04
  private static let fewestSteps: Int32 = 12
  /// Players fill their buffers first: what a stream began with may be corrected for so long.
  private static let settledNanos = 30 * Nanos.perSecond
  /// A picture that is stamped so far from the others, or comes so late, says nothing of the network; after some of them
  /// it is where the stream goes on.
  private static let straySeconds = 2.0
  private static let mostStrays: Int32 = 4

  init(rate: Int, arrival: UnixNanos, timestamp: UInt32) {
    self.rate = Int32(truncatingIfNeeded: rate)
    lastArrival = arrival
    lastTimestamp = timestamp
    anchorArrival = arrival
    nextEstimate = arrival &+ Nanos.perSecond
  }

  /// In milliseconds; nil while the rate is not known.
  var jitterMillis: Double? { rate > 0 ? jitterUnits / Double(rate) * 1_000 : nil }
  var largestJitterMillis: Double? { rate > 0 ? largestUnits / Double(rate) * 1_000 : nil }
  /// The mean of the jitter at each packet.
  var meanJitterMillis: Double? { rate > 0 && samples > 0 ? sumUnits / Double(samples) / Double(rate) * 1_000 : nil }

  /// Takes a packet that was no duplicate.
  @inline(__always)
  mutating func take(arrival: UnixNanos, timestamp: UInt32) {
    let step = Int32(bitPattern: timestamp &- lastTimestamp)
    if rate > 0 {
      let units = Double(arrival &- lastArrival) * 1e-9 * Double(rate) - Double(step)
      if units.magnitude > Double(rate) * Self.straySeconds {
        if isStray(timestamp) { return }
        lastArrival = arrival
        lastTimestamp = timestamp
        return
      }
      strays = 0
      jitterUnits += (units.magnitude - jitterUnits) * 0.0625
      largestUnits = max(largestUnits, jitterUnits)
      sumUnits += jitterUnits
      samples &+= 1
    }
    if rate == 0 || isEstimated && arrival < anchorArrival &+ Self.settledNanos {
      estimate(arrival: arrival, step: step)
    }
    lastArrival = arrival
    lastTimestamp = timestamp
  }

  @inline(never)
  private mutating func isStray(_ timestamp: UInt32) -> Bool {
    if strays == 0 || timestamp != strayTimestamp { strays &+= 1 }
    strayTimestamp = timestamp
    if strays < Self.mostStrays { return true }
    strays = 0
    return false
  }

  /// The sender began anew: what was before says nothing of what follows.
  mutating func restart(arrival: UnixNanos, timestamp: UInt32) {
    lastArrival = arrival
    lastTimestamp = timestamp
    strays = 0
  }

  /// The codec tells the rate.
  mutating func settle(rate: Int, arrival: UnixNanos, timestamp: UInt32) {
    self = StreamClock(rate: rate, arrival: arrival, timestamp: timestamp)
  }

  /// Another payload type: what it measures in is another rate.
  mutating func change(rate: Int, arrival: UnixNanos, timestamp: UInt32) {
    if rate == 0 || Int32(rate) == self.rate { return }
    self = StreamClock(rate: rate, arrival: arrival, timestamp: timestamp)
  }

  @inline(never)
  private mutating func estimate(arrival: UnixNanos, step: Int32) {
    anchorUnits &+= Int64(step)
    if step != 0 { steps &+= 1 }
    if arrival < nextEstimate || steps < Self.fewestSteps { return }
    let seconds = Double(arrival &- anchorArrival) * 1e-9
    nextEstimate = arrival &+ Nanos.perSecond
    let measured = Double(anchorUnits) / seconds
    for index in Self.knownRates.indices {
      let known = Self.knownRates[index]
      if (measured - Double(known)).magnitude > Double(known) * Self.tolerance { continue }
      if known == rate { return }
      rate = known
      isEstimated = true
      jitterUnits = 0
      largestUnits = 0
      sumUnits = 0
      samples = 0
      return
    }
  }
}
