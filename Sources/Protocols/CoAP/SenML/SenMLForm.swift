/// How a pack is written.
public enum SenMLForm: Sendable {
  case json
  case cbor

  /// From CoAP's Content-Format: SenML and SenSML (RFC 8428 section 12.3), and JSON and CBOR as such, which senders
  /// that know no better say. Without one the pack's first byte tells: `[`, or the head of a CBOR array.
  public init?(contentFormat: UInt16?, firstByte: UInt8) {
    switch contentFormat {
    case 110, 111, 50: self = .json
    case 112, 113, 60: self = .cbor
    case nil where firstByte == UInt8(ascii: "["): self = .json
    case nil where firstByte >= 0x80 && firstByte <= 0x9F: self = .cbor
    default: return nil
    }
  }
}
