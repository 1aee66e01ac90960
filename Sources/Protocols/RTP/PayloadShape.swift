import Primitives

/// What one payload of RTP looks like: how much it speaks for or against each codec, and whether it is no codec's at all.
///
/// A payload proves little; a stream's payloads together do. Units of H.264 and H.265 have their types in their first
/// octets, and in fragments and aggregates more that must fit (RFC 6184 section 5, RFC 7798 section 4). What any codec might
/// send speaks weakly, what hardly anything else sends strongly, and what the codec never sends against it.
public struct PayloadShape: BitwiseCopyable, Sendable {
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    case plain
    /// XML, as ONVIF metadata is, or a packed form of it.
    case metadata
    /// MPEG-TS (ISO 13818-1): 188 octets a piece, each of which begins with 47.
    case transportStream
    /// MPEG-PS: a pack's start code.
    case programStream
  }

  public static let strong: Int8 = 4
  public static let weak: Int8 = 1
  public static let against: Int8 = -8

  public var h264: Int8 = 0
  public var h265: Int8 = 0
  public var kind = Kind.plain

  public init(_ datagram: RawSpan, _ payload: Range<Int>) {
    guard payload.count >= 2 else { return }
    let at = payload.lowerBound
    let first = datagram.octet(at)
    let second = datagram.octet(at &+ 1)
    kind = Self.kind(datagram, payload, first, second)
    if kind != .plain {
      h264 = Self.against
      h265 = Self.against
      return
    }
    h264 = Self.h264(datagram, payload, first, second)
    h265 = Self.h265(datagram, payload, first, second)
  }

  private static func kind(_ datagram: RawSpan, _ payload: Range<Int>, _ first: UInt8, _ second: UInt8) -> Kind {
    let at = payload.lowerBound
    switch first {
    case UInt8(ascii: "<"):
      let isName = second | 0x20 >= 97 && second | 0x20 <= 122
      return isName || second == UInt8(ascii: "?") || second == UInt8(ascii: "!") ? .metadata : .plain
    case 0x1F where second == 0x8B && payload.count > 10 && datagram.octet(at &+ 2) == 8: return .metadata
    case UInt8(ascii: "$") where payload.count > 4 && RTCPReader.word(datagram, at) == 0x2445_5849: return .metadata
    case 0xEF where payload.count > 4 && RTCPReader.word(datagram, at) == 0xEFBB_BF3C: return .metadata
    case 0x47 where payload.count % 188 == 0:
      var place = at
      while place < payload.upperBound {
        if datagram.octet(place) != 0x47 { return .plain }
        place &+= 188
      }
      return .transportStream
    case 0 where payload.count > 4 && RTCPReader.word(datagram, at) == 0x0000_01BA: return .programStream
    default: return .plain
    }
  }

  private static func h264(_ datagram: RawSpan, _ payload: Range<Int>, _ first: UInt8, _ second: UInt8) -> Int8 {
    if first & 0x80 != 0 { return against }
    switch first & 0x1F {
    case 1, 5, 6, 8, 9: return weak
    case 7:
      let profiles: InlineArray<10, UInt8> = [66, 77, 88, 100, 110, 118, 122, 128, 144, 244]
      guard payload.count >= 5, payload.count < 256 else { return weak }
      for index in profiles.indices where profiles[index] == second { return strong }
      return weak
    case 24: return isAggregate(datagram, payload.lowerBound &+ 1..<payload.upperBound) ? strong : against
    case 28:
      // The reserved bit is zero, a fragment is not all of its unit, and units that are cut are slices, or what is before
      // them.
      let type = second & 0x1F
      if second & 0x20 != 0 || second & 0xC0 == 0xC0 { return against }
      return type == 1 || type == 5 ? strong : type >= 6 && type <= 8 ? weak : against
    case 12, 13, 14, 15, 19, 20, 25, 26, 27, 29: return 0
    default: return against
    }
  }

  private static func h265(_ datagram: RawSpan, _ payload: Range<Int>, _ first: UInt8, _ second: UInt8) -> Int8 {
    // The first bit, the layer, and the temporal layer plus one, which is never 0.
    if first & 0x81 != 0 || second >> 3 != 0 || second & 7 == 0 { return against }
    switch first >> 1 {
    case 0...9, 16...21, 35...40: return weak
    case 32...34: return strong
    case 48: return isAggregate(datagram, payload.lowerBound &+ 2..<payload.upperBound) ? strong : against
    case 49:
      guard payload.count >= 3 else { return against }
      let header = datagram.octet(payload.lowerBound &+ 2)
      let type = header & 0x3F
      if header & 0xC0 == 0xC0 { return against }
      return type <= 9 || (16...21).contains(type) ? strong : type >= 32 && type <= 40 ? weak : against
    default: return against
    }
  }

  /// Units behind their 16-bit sizes, to the last octet.
  private static func isAggregate(_ datagram: RawSpan, _ range: Range<Int>) -> Bool {
    var at = range.lowerBound
    while range.upperBound &- at > 2 {
      let size = Int(datagram.octet(at)) << 8 | Int(datagram.octet(at &+ 1))
      if size == 0 { return false }
      at &+= 2 &+ size
    }
    return at == range.upperBound
  }
}
