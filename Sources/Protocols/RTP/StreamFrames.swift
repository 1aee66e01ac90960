import Primitives

/// Pictures of a stream, or blocks of sound: packets of one timestamp. Counts them, and tells key pictures that do not
/// come whole and pictures that do not change.
struct StreamFrames: BitwiseCopyable {
  private(set) var lastFrameArrival: UnixNanos
  private(set) var timestamp: UInt32
  private var size: Int32 = 0
  private var isKey = false
  private var hasMarker = false
  /// Packets that may be missing of the picture that is coming, and pictures before it.
  private var missing: Int32 = 0
  private var skipped = 0
  /// The usual step from one timestamp to the next, where nothing was missing.
  private var step: UInt32 = 0
  private var count: UInt32 = 0
  private(set) var keys = KeyWatch()
  /// Timestamps of the last pictures: a late packet of none of them is a picture of its own.
  private var recent = InlineArray<32, UInt32>(repeating: 0)
  private(set) var still = StillPicture()

  private static let remembered: UInt32 = 32

  init(arrival: UnixNanos, timestamp: UInt32) {
    lastFrameArrival = arrival
    self.timestamp = timestamp
    remember(timestamp)
  }

  @inline(__always)
  private mutating func remember(_ timestamp: UInt32) {
    recent[Int(count & (Self.remembered &- 1))] = timestamp
    count &+= 1
  }

  /// What of a packet pictures are made of.
  struct Part {
    var arrival: UnixNanos
    var timestamp: UInt32
    var bytes: Int
    var hasMarker: Bool
    /// Numbers missing before it.
    var missing: Int32
    var isKey: Bool
    /// It goes on with a unit whose beginning is in another packet.
    var isContinuation: Bool
    /// What is told of key pictures: by the codec, else each is one (`true`, JPEG), or it is unknown.
    var knowledge: KeyKnowledge
  }

  enum KeyKnowledge: UInt8, BitwiseCopyable {
    case byCodec, all, unknown
  }

  /// A packet that is the newest of its stream. Whether it begins a picture, and whether that turned out a key one.
  @inline(__always)
  mutating func take(_ part: Part) -> (begins: Bool, key: Bool) {
    var begins = false
    if part.timestamp != timestamp {
      end(part)
      begins = true
    } else if part.missing > 0 {
      missing &+= part.missing
      keys.noteLoss()
    }
    hasMarker = part.hasMarker
    size &+= Int32(truncatingIfNeeded: part.bytes)
    let isNews = part.isKey && !isKey
    if isNews {
      isKey = true
      keys.begin(at: part.arrival)
    }
    return (begins, isNews)
  }

  /// The picture before is over, and the next one begins.
  @inline(never)
  private mutating func end(_ next: Part) {
    let own = missing &+ (next.missing > 0 && !hasMarker ? next.missing : 0)
    if isKey && next.knowledge == .byCodec { keys.end(timestamp: timestamp, missing: own, at: next.arrival) }
    let isKeyKnown: Bool? =
      switch next.knowledge {
      case .byCodec: isKey
      case .all: true
      case .unknown: nil
      }
    still.take(
      size: size, isKey: isKeyKnown, isDamaged: missing > 0 || own > 0, skipped: skipped, began: lastFrameArrival)
    let passed = next.timestamp &- timestamp
    skipped = 0
    if next.missing > 0 {
      keys.noteLoss()
      if step > 0 && passed < 1 << 31 && passed / step > 1 { skipped = Int(min(passed / step &- 1, 256)) }
    } else if passed < 1 << 31 {
      step = passed
    }
    // Of the next one the beginning is missing only if it begins in the middle of something.
    missing = next.missing > 0 && (next.isContinuation || next.knowledge != .byCodec) ? next.missing : 0
    timestamp = next.timestamp
    remember(timestamp)
    lastFrameArrival = next.arrival
    isKey = false
    size = 0
  }

  /// The codec has become known in the middle of a picture.
  mutating func markKey(at arrival: UnixNanos) {
    if isKey { return }
    isKey = true
    keys.begin(at: arrival)
  }

  /// A late packet: of the picture that is coming, of one before, or of one that nothing came of yet: whether that.
  mutating func takeLate(timestamp: UInt32, bytes: Int) -> Bool {
    if timestamp == self.timestamp {
      size &+= Int32(truncatingIfNeeded: bytes)
      missing = max(0, missing &- 1)
      return false
    }
    keys.takeLate(timestamp: timestamp)
    let known = min(count, Self.remembered)
    var oldest = self.timestamp
    for index in 0..<known {
      let other = recent[Int(index)]
      if other == timestamp { return false }
      if Int32(bitPattern: other &- oldest) < 0 { oldest = other }
    }
    // Older than all that are remembered: nobody knows.
    if Int32(bitPattern: timestamp &- oldest) < 0 { return false }
    remember(timestamp)
    return true
  }

  /// The sender began anew.
  mutating func restart(arrival: UnixNanos, timestamp: UInt32) {
    self.timestamp = timestamp
    remember(timestamp)
    lastFrameArrival = arrival
    isKey = false
    size = 0
    missing = 1
    skipped = 0
    step = 0
    keys.notePause(0)
  }

  mutating func notePause(_ nanos: Int64) { keys.notePause(nanos) }

  mutating func closeSecond() { still.closeSecond() }
}
