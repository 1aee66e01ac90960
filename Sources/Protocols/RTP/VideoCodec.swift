import Primitives

/// Video in RTP, as far as key frames need it: H.264 (RFC 6184) and H.265 (RFC 7798).
public enum VideoCodec: UInt8, Sendable {
  case unknown
  case h264
  case h265

  /// By the encoding name of an `rtpmap`.
  public init(encodingName: String) {
    switch encodingName.uppercased() {
    case "H264": self = .h264
    case "H265", "HEVC": self = .h265
    default: self = .unknown
    }
  }

  public var name: StaticString {
    switch self {
    case .unknown: ""
    case .h264: "H264"
    case .h265: "H265"
    }
  }

  /// Whether the packet holds some of a picture that needs no other one.
  @inline(__always)
  public func holdsKeyPart(_ datagram: RawSpan, _ payload: Range<Int>) -> Bool {
    switch self {
    case .unknown: false
    case .h264: Self.isKeyH264(datagram, payload)
    case .h265: Self.isKeyH265(datagram, payload)
    }
  }

  /// Whether the packet goes on with a unit that another one began.
  public func isContinuation(_ datagram: RawSpan, _ payload: Range<Int>) -> Bool {
    switch self {
    case .unknown: false
    case .h264:
      payload.count >= 2 && datagram.octet(payload.lowerBound) & 0x1E == 28
        && datagram.octet(payload.lowerBound &+ 1) & 0x80 == 0
    case .h265:
      payload.count >= 3 && datagram.octet(payload.lowerBound) >> 1 & 0x3F == 49
        && datagram.octet(payload.lowerBound &+ 2) & 0x80 == 0
    }
  }

  private static func isKeyH264(_ datagram: RawSpan, _ payload: Range<Int>) -> Bool {
    guard payload.count >= 2 else { return false }
    switch datagram.octet(payload.lowerBound) & 0x1F {
    case 5: return true
    case 24:
      return contains(datagram, payload.lowerBound &+ 1..<payload.upperBound) { datagram.octet($0) & 0x1F == 5 }
    case 28, 29:
      // A fragment: its header's type, whichever part it is.
      let header = datagram.octet(payload.lowerBound &+ 1)
      return header & 0x1F == 5
    default: return false
    }
  }

  private static func isKeyH265(_ datagram: RawSpan, _ payload: Range<Int>) -> Bool {
    guard payload.count >= 3 else { return false }
    func isKey(_ type: UInt8) -> Bool { type >= 16 && type <= 21 }
    let type = datagram.octet(payload.lowerBound) >> 1 & 0x3F
    switch type {
    case 48:
      return contains(datagram, payload.lowerBound &+ 2..<payload.upperBound) { isKey(datagram.octet($0) >> 1 & 0x3F) }
    case 49:
      let header = datagram.octet(payload.lowerBound &+ 2)
      return isKey(header & 0x3F)
    default: return isKey(type)
    }
  }

  /// Whether any unit of an aggregation packet, each behind its 16-bit size, is of the kind.
  static func contains(_ datagram: RawSpan, _ range: Range<Int>, _ isWanted: (Int) -> Bool) -> Bool {
    var at = range.lowerBound
    while range.upperBound &- at > 2 {
      let size = Int(datagram.octet(at)) << 8 | Int(datagram.octet(at &+ 1))
      if size == 0 || size > range.upperBound &- at &- 2 { return false }
      if isWanted(at &+ 2) { return true }
      at &+= 2 &+ size
    }
    return false
  }
}
