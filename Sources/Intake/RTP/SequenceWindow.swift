/// Sequence numbers of one stream, put in their cycle (RFC 3550 section A.1): what is new, late, doubled or lost.
///
/// A late packet belongs to the cycle that it is nearer to, so one from before a wrap is no new cycle. The last 128
/// numbers are remembered one by one: late is told from doubled.
struct SequenceWindow: BitwiseCopyable {
  enum Place {
    /// The newest so far.
    case ahead
    /// Older than the newest, and not seen before.
    case late
    case duplicate
    /// Too far off: the sender may have begun anew. Counts if the next one follows it.
    case far
  }

  private(set) var highest: Int64
  private var first: Int64
  /// Bit n: `highest - n` was seen.
  private var seen: UInt128 = 1
  private var distinct: Int64 = 1
  /// What was lost before the sender began anew.
  private var lostBefore: Int64 = 0
  /// The number behind one that was too far off; -1 if there was none.
  private var expectedAfterJump: Int32 = -1

  /// RFC 3550's MAX_DROPOUT: jumps above it are believed only after a pause.
  private static let largestJump = 3_000
  private static let remembered: Int64 = 128

  init(first sequence: UInt16) {
    // One cycle up, so that what comes late before the first has a number too.
    highest = Int64(sequence) &+ 65_536
    first = highest
  }

  /// Numbers between the first and the newest that did not come; below zero never, since duplicates are known.
  var lost: Int64 { lostBefore &+ highest &- first &+ 1 &- distinct }

  /// Takes a number in. `afterPause` says that nothing came for a while, so that a long run may be missing.
  @inline(__always)
  mutating func place(_ sequence: UInt16, afterPause: Bool) -> Place {
    let step = Int(Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: highest)))
    if step == 1 {
      highest &+= 1
      seen = seen &<< 1 | 1
      distinct &+= 1
      return .ahead
    }
    return placeApart(step, sequence, afterPause)
  }

  private mutating func placeApart(_ step: Int, _ sequence: UInt16, _ afterPause: Bool) -> Place {
    if step > 0 && (step < Self.largestJump || afterPause) {
      highest &+= Int64(step)
      seen = step >= 128 ? 1 : seen << UInt128(step) | 1
      distinct &+= 1
      return .ahead
    }
    if step <= 0 && Int64(-step) < Self.remembered {
      let bit: UInt128 = 1 << UInt128(-step)
      if seen & bit != 0 { return .duplicate }
      seen |= bit
      distinct &+= 1
      first = min(first, highest &+ Int64(step))
      return .late
    }
    if expectedAfterJump == Int32(sequence) {
      // Two in a row: the sender has begun anew, and what is missing is what was missing before.
      lostBefore = lost
      highest = Int64(sequence) &+ 65_536
      first = highest &- 1
      seen = 3
      distinct = 2
      expectedAfterJump = -1
      return .ahead
    }
    expectedAfterJump = Int32(sequence &+ 1)
    return .far
  }
}
