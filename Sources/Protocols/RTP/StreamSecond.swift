/// What came of one stream in one second of arrival time.
struct StreamSecond: BitwiseCopyable {
  /// Seconds since 1970.
  var second: Int64
  var packets: Int64 = 0
  /// Octets of UDP payload.
  var bytes: Int64 = 0
  /// Newly missing, less what came late after all: below zero in a second in which more was found than lost.
  var lost: Int64 = 0
  var outOfOrder: Int64 = 0
  var duplicates: Int64 = 0
  var frames: Int64 = 0
  var keyFrames: Int64 = 0

  init(_ second: Int64) {
    self.second = second
  }

  mutating func add(_ other: StreamSecond) {
    packets &+= other.packets
    bytes &+= other.bytes
    lost &+= other.lost
    outOfOrder &+= other.outOfOrder
    duplicates &+= other.duplicates
    frames &+= other.frames
    keyFrames &+= other.keyFrames
  }
}
