import Primitives

/// Sequence numbers of one stream, put in their cycle (RFC 3550 section A.1): what is new, late, doubled or lost.
///
/// A late packet belongs to the cycle that it is nearer to, so one from before a wrap is no new cycle. The last numbers are
/// remembered one by one: late is told from doubled. A sender that begins anew is told from late packets and from loss by
/// its timestamps, and by how many packets there can have been.
struct SequenceWindow: BitwiseCopyable {
  enum Place: Equatable {
    /// The newest so far; so many numbers before it are missing.
    case ahead(missing: Int32)
    /// Older than the newest, and not seen before.
    case late
    case duplicate
    /// Too far off: the sender may have begun anew. Counts if the next one follows it.
    case far
    /// The second in a row there: it has.
    case anew
  }

  /// What is known of a packet that does not follow the newest.
  struct Apart {
    /// From the timestamp of the newest picture to its own.
    var timestampStep: Int32 = 0
    /// Since the packet before it, and the most packets that came in a second; 0 before the first second is over.
    var sinceNanos: Int64 = 0
    var mostPackets: Int64 = 0

    /// How many packets may be missing before it: about as many as there was time for, and a burst.
    var explained: Int {
      if mostPackets == 0 { return SequenceWindow.explainedAtFirst }
      let millis = min(max(0, sinceNanos), 3_600 &* Nanos.perSecond) / Nanos.perMillisecond
      let count = min(mostPackets, 1 << 32) &* (1_000 &+ 2 &* millis) / 1_000
      return Int(max(SequenceWindow.fewestExplained, min(count, 1 << 16)))
    }
  }

  private(set) var highest: Int64
  private var first: Int64
  private var distinct: Int64 = 1
  /// What was lost before the sender began anew.
  private var lostBefore: Int64 = 0
  /// The number behind one that was too far off; -1 if there was none since the newest.
  private var expectedAfterJump: Int32 = -1
  /// Bit n modulo its size: that number was seen. Of numbers before the first none was.
  private var seen = InlineArray<32, UInt64>(repeating: 0)

  /// RFC 3550's MAX_DROPOUT, and what a switch may have had no room for whatever the rate.
  private static let explainedAtFirst = 3_000
  private static let fewestExplained: Int64 = 256
  private static let remembered = Int64(Limits.rtpNumbers)
  /// A late packet is stamped before the newest, by half a minute of 90 kHz at the most; pictures that are sent before
  /// those that they precede are stamped after it, by less than a second.
  private static let oldestStep: Int32 = -30 * 90_000
  private static let newestStep: Int32 = 90_000

  init(first sequence: UInt16) {
    // One cycle up, so that what comes late before the first has a number too.
    highest = Int64(sequence) &+ 65_536
    first = highest
    mark(highest)
  }

  /// Numbers between the first and the newest that did not come; below zero never, since duplicates are known.
  var lost: Int64 { lostBefore &+ highest &- first &+ 1 &- distinct }

  @inline(__always)
  private mutating func mark(_ number: Int64) {
    let place = Int(truncatingIfNeeded: number) & (Limits.rtpNumbers &- 1)
    seen[place >> 6] |= 1 &<< UInt64(place & 63)
  }

  private func isMarked(_ number: Int64) -> Bool {
    let place = Int(truncatingIfNeeded: number) & (Limits.rtpNumbers &- 1)
    return seen[place >> 6] >> UInt64(place & 63) & 1 != 0
  }

  /// Takes a number in.
  @inline(__always)
  mutating func place(_ sequence: UInt16, _ apart: Apart) -> Place {
    let step = Int(Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: highest)))
    if step == 1 {
      highest &+= 1
      mark(highest)
      distinct &+= 1
      expectedAfterJump = -1
      return .ahead(missing: 0)
    }
    return placeApart(step, sequence, apart)
  }

  @inline(never)
  private mutating func placeApart(_ step: Int, _ sequence: UInt16, _ apart: Apart) -> Place {
    if step > 0 && step <= apart.explained {
      let from = highest &+ 1
      highest &+= Int64(step)
      if Int64(step) > Self.remembered {
        seen = InlineArray(repeating: 0)
      } else {
        for number in from..<highest { clear(number) }
      }
      mark(highest)
      distinct &+= 1
      expectedAfterJump = -1
      return .ahead(missing: Int32(truncatingIfNeeded: step &- 1))
    }
    if step <= 0 && apart.timestampStep >= Self.oldestStep && apart.timestampStep <= Self.newestStep {
      return placeLate(highest &+ Int64(step))
    }
    if expectedAfterJump == Int32(sequence) {
      // Two in a row: the sender has begun anew, and what is missing is what was missing before.
      lostBefore = lost
      highest = Int64(sequence) &+ 65_536
      first = highest &- 1
      seen = InlineArray(repeating: 0)
      mark(first)
      mark(highest)
      distinct = 2
      expectedAfterJump = -1
      return .anew
    }
    expectedAfterJump = Int32(sequence &+ 1)
    return .far
  }

  private mutating func placeLate(_ number: Int64) -> Place {
    if highest &- number < Self.remembered {
      if number >= first {
        if isMarked(number) { return .duplicate }
      } else if highest &- number >= Self.remembered / 2 {
        return .far
      } else {
        // Its bit, and those between, may be left over from before the first.
        for between in number..<first { clear(between) }
        first = number
      }
      mark(number)
      distinct &+= 1
      return .late
    }
    // Too old to be known: one of those that are missing, if any are.
    if number < first { return .far }
    if lost == lostBefore { return .duplicate }
    distinct &+= 1
    return .late
  }

  private mutating func clear(_ number: Int64) {
    let place = Int(truncatingIfNeeded: number) & (Limits.rtpNumbers &- 1)
    seen[place >> 6] &= ~(1 &<< UInt64(place & 63))
  }
}
