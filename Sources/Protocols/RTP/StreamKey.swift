import Primitives

/// What makes packets one stream: the source's number, who sent it, and where to.
///
/// The payload type is no part of it: it may change within one sequence of numbers (RFC 3550 section 5.1), and packets
/// of the other type would be taken for lost.
struct StreamKey: BitwiseCopyable {
  var ssrc: UInt32
  var source: SourceAddress
  var destination: SourceAddress

  @inline(__always)
  func isSame(_ other: StreamKey) -> Bool {
    ssrc == other.ssrc && source.low == other.source.low && destination.low == other.destination.low
      && source.port == other.source.port && destination.port == other.destination.port
      && source.high == other.source.high && destination.high == other.destination.high
  }

  /// Senders choose all of it, so it is seeded.
  @inline(__always)
  func hash(seed: UInt64) -> UInt64 {
    let ports = UInt64(ssrc) << 32 | UInt64(source.port) << 16 | UInt64(destination.port)
    let first = (ports ^ seed).multipliedFullWidth(by: (source.low &+ source.high) ^ 0xA076_1D64_78BD_642F)
    let second = (destination.low &+ destination.high ^ 0xE703_7ED1_A0B4_28DB).multipliedFullWidth(
      by: first.high ^ first.low ^ seed)
    return second.high ^ second.low
  }
}
