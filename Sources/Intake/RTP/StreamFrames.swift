import Primitives

/// Pictures of a stream, or blocks of sound: packets of one timestamp. Counts them, finds key pictures, and tells a
/// picture that does not change.
struct StreamFrames: BitwiseCopyable {
  private(set) var lastFrameArrival: UnixNanos
  private var timestamp: UInt32
  private var size: Int32 = 0
  private var isKey = false
  /// Sizes of the pictures of this second that need another one: the least and the largest.
  private var smallest = Int32.max
  private var largest: Int32 = 0
  private var counted: Int32 = 0
  /// The size that every picture of the seconds before had; 0 if they differed.
  private var steadySize: Int32 = 0
  /// For how many seconds.
  private(set) var steadySeconds: Int32 = 0

  init(arrival: UnixNanos, timestamp: UInt32) {
    lastFrameArrival = arrival
    self.timestamp = timestamp
  }

  /// A packet that is the newest of its stream. Whether it begins a picture, and whether that turned out a key one.
  @inline(__always)
  mutating func take(
    arrival: UnixNanos, timestamp: UInt32, bytes: Int, isKey beginsKey: Bool
  ) -> (begins: Bool, key: Bool) {
    var begins = false
    if timestamp != self.timestamp {
      end()
      begins = true
      self.timestamp = timestamp
      lastFrameArrival = arrival
      isKey = false
      size = 0
    }
    size &+= Int32(truncatingIfNeeded: bytes)
    let isNews = beginsKey && !isKey
    if isNews { isKey = true }
    return (begins, isNews)
  }

  /// Late packets of the picture that is coming belong to its size.
  mutating func takeLate(timestamp: UInt32, bytes: Int) {
    if timestamp == self.timestamp { size &+= Int32(truncatingIfNeeded: bytes) }
  }

  private mutating func end() {
    if isKey { return }
    smallest = min(smallest, size)
    largest = max(largest, size)
    counted &+= 1
  }

  /// A second is over: compares its pictures with those of the seconds before.
  mutating func closeSecond() {
    let isSteady = counted >= 2 && smallest == largest
    if isSteady && (steadySize == 0 || steadySize == largest) {
      steadySeconds &+= 1
      steadySize = largest
    } else {
      steadySeconds = isSteady ? 1 : 0
      steadySize = isSteady ? largest : 0
    }
    smallest = .max
    largest = 0
    counted = 0
  }
}
