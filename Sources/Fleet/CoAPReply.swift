/// What a sender needs of a CoAP message that comes back: its head (RFC 7252 section 3) and nothing beyond the token.
public struct CoAPReply: Equatable, Sendable {
  /// Acknowledgement, reset, or an answer in a message of its own.
  public var type: CoAPEncoder.MessageType
  /// The code's class: 0 empty, 2 success, 4 and 5 errors.
  public var codeClass: UInt8
  /// The code's detail: 4 in `2.04`.
  public var codeDetail: UInt8
  /// The request's, in an acknowledgement or reset; else the sender's own.
  public var messageID: UInt16
  /// The request's token, up to eight bytes, the first the highest.
  public var token: UInt64

  /// Reads the head of `bytes`; nil if that is no CoAP version 1 message.
  public init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= 4 else { return nil }
    func byte(_ offset: Int) -> UInt8 { bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
    let first = byte(0)
    let tokenBytes = Int(first & 0x0F)
    guard first >> 6 == 1, tokenBytes <= 8, bytes.byteCount >= 4 + tokenBytes,
      let type = CoAPEncoder.MessageType(rawValue: (first >> 4) & 3)
    else { return nil }
    self.type = type
    self.codeClass = byte(1) >> 5
    self.codeDetail = byte(1) & 0x1F
    self.messageID = UInt16(byte(2)) << 8 | UInt16(byte(3))
    self.token = 0
    for offset in 0..<tokenBytes { token = token << 8 | UInt64(byte(4 + offset)) }
  }

  /// Whether this is an empty message.
  public var isEmpty: Bool { codeClass == 0 && codeDetail == 0 }
  /// Whether this says that the request was carried out.
  public var isSuccess: Bool { codeClass == 2 }
}
