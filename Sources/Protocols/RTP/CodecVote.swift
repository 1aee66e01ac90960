/// What a stream's payloads have said of its codec so far, until one is sure; and the key pictures that each codec would
/// have had meanwhile.
struct CodecVote: BitwiseCopyable {
  private var h264: Int16 = 0
  private var h265: Int16 = 0
  private var hasStrong264 = false
  private var hasStrong265 = false
  private var pictures: Int16 = 0
  private var metadata: Int16 = 0
  private var transport: Int16 = 0
  private var keys264: Int16 = 0
  private var keys265: Int16 = 0
  private var lastKey264: UInt32 = 0
  private var lastKey265: UInt32 = 0
  /// Nothing that comes will make it either codec: encrypted, or another one.
  private(set) var isClosed = false

  private static let sure: Int16 = 8
  /// Without anything that hardly anything else sends, it takes more.
  private static let surelyWeak: Int16 = 16
  private static let lowest: Int16 = -64
  private static let mostPictures: Int16 = 2_000

  /// What became sure by this packet.
  enum Verdict {
    case open
    case codec(VideoCodec, keys: Int, isKey: Bool)
    case metadata
    case transportStream
  }

  /// The first packet, of which only these hints were kept.
  mutating func takeFirst(hints: UInt8, timestamp: UInt32) {
    if hints & 1 != 0 { (keys264, lastKey264) = (1, timestamp) }
    if hints & 2 != 0 { (keys265, lastKey265) = (1, timestamp) }
  }

  static func hints(_ datagram: RawSpan, _ payload: Range<Int>) -> UInt8 {
    (VideoCodec.h264.holdsKeyPart(datagram, payload) ? 1 : 0)
      | (VideoCodec.h265.holdsKeyPart(datagram, payload) ? 2 : 0)
  }

  /// Takes a payload; `isVideoClock` says that the timestamps were seen to count 90,000 a second, `begins` that it has
  /// another timestamp than the one before.
  mutating func take(_ packet: RTPPacket, _ datagram: RawSpan, begins: Bool, isVideoClock: Bool) -> Verdict {
    let shape = PayloadShape(datagram, packet.payload)
    if begins && pictures < Self.mostPictures { pictures += 1 }
    if begins && shape.kind == .metadata { metadata += metadata < Self.mostPictures ? 1 : 0 }
    if shape.kind == .transportStream { transport += transport < Self.mostPictures ? 1 : 0 }
    if metadata >= 2 && metadata * 2 >= pictures { return .metadata }
    if transport >= 4 { return .transportStream }
    count(shape)
    noteKeys(packet, datagram)
    let wins264 = hasStrong264 ? h264 >= Self.sure : h264 >= Self.surelyWeak && isVideoClock
    let wins265 = hasStrong265 ? h265 >= Self.sure : h265 >= Self.surelyWeak && isVideoClock
    if wins264 && h264 >= h265 {
      return .codec(.h264, keys: Int(keys264), isKey: keys264 > 0 && lastKey264 == packet.timestamp)
    }
    if wins265 {
      return .codec(.h265, keys: Int(keys265), isKey: keys265 > 0 && lastKey265 == packet.timestamp)
    }
    if h264 <= Self.lowest && h265 <= Self.lowest && pictures >= 250 { isClosed = true }
    return .open
  }

  private mutating func count(_ shape: PayloadShape) {
    h264 = min(127, max(Self.lowest, h264 + Int16(shape.h264)))
    h265 = min(127, max(Self.lowest, h265 + Int16(shape.h265)))
    if shape.h264 >= PayloadShape.strong { hasStrong264 = true }
    if shape.h265 >= PayloadShape.strong { hasStrong265 = true }
  }

  private mutating func noteKeys(_ packet: RTPPacket, _ datagram: RawSpan) {
    let hints = Self.hints(datagram, packet.payload)
    if hints & 1 != 0 && (keys264 == 0 || lastKey264 != packet.timestamp) {
      keys264 = min(keys264 + 1, Self.mostPictures)
      lastKey264 = packet.timestamp
    }
    if hints & 2 != 0 && (keys265 == 0 || lastKey265 != packet.timestamp) {
      keys265 = min(keys265 + 1, Self.mostPictures)
      lastKey265 = packet.timestamp
    }
  }
}
