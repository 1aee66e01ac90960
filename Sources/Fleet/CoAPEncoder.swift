/// CoAP requests (RFC 7252 section 3), as a sensor sends them.
///
///     | ver 1 | type | token length | code | message id | token … | options … | ff | payload |
public enum CoAPEncoder {
  /// Message types, RFC 7252 section 3.
  public enum MessageType: UInt8, Sendable {
    case confirmable = 0
    case nonConfirmable = 1
    case acknowledgement = 2
    case reset = 3
  }

  /// Request codes, RFC 7252 section 12.1.1.
  public enum Method: UInt8, Sendable {
    case get = 1
    case post = 2
    case put = 3
  }

  /// Content formats (RFC 7252 section 12.3, RFC 8428 section 12.3).
  public enum ContentFormat: UInt16, Sendable {
    case text = 0
    case senMLCBOR = 112
  }

  /// A Block1 option's value (RFC 7959 section 2.2).
  public struct Block: Sendable {
    /// The block's number, below 2^20.
    public var number: UInt32
    /// Whether more blocks follow.
    public var more: Bool
    /// Block size is `2^(sizeExponent + 4)`; 0…6.
    public var sizeExponent: UInt8

    /// The block `number` of `2^(sizeExponent + 4)` bytes.
    public init(number: UInt32, more: Bool, sizeExponent: UInt8) {
      self.number = number
      self.more = more
      self.sizeExponent = sizeExponent
    }
  }

  /// Everything of a request before its payload. The path's segments are UTF-8, each at most 255 bytes.
  ///
  /// - Parameter tokenBytes: how many of the token's lowest bytes are sent, 0…8.
  /// - Parameter noResponse: classes of responses that are not wanted (RFC 7967 section 2.1): 2, 8 and 16 added up.
  /// - Parameter hasPayload: whether the payload marker ends it.
  public static func appendRequest(
    type: MessageType, method: Method, messageID: UInt16, token: UInt64, tokenBytes: Int, path: [[UInt8]],
    contentFormat: ContentFormat?, block1: Block? = nil, noResponse: UInt32? = nil, hasPayload: Bool = true,
    to buffer: inout DatagramBuffer
  ) {
    precondition((0...8).contains(tokenBytes), "BUG: a CoAP token of \(tokenBytes) bytes")
    buffer.append(1 << 6 | type.rawValue << 4 | UInt8(tokenBytes))
    buffer.append(method.rawValue)
    buffer.append(bigEndian: UInt64(messageID), width: 2)
    buffer.append(bigEndian: token, width: tokenBytes)
    var previous = 0
    for segment in path {
      appendOption(11, after: &previous, length: segment.count, to: &buffer)
      buffer.append(segment)
    }
    if let contentFormat {
      appendUnsigned(UInt32(contentFormat.rawValue), option: 12, after: &previous, to: &buffer)
    }
    if let block1 {
      let value = block1.number << 4 | (block1.more ? 8 : 0) | UInt32(block1.sizeExponent & 7)
      appendUnsigned(value, option: 27, after: &previous, to: &buffer)
    }
    if let noResponse { appendUnsigned(noResponse, option: 258, after: &previous, to: &buffer) }
    if hasPayload { buffer.append(0xFF) }
  }

  /// An unsigned option value in the fewest bytes, none for zero (RFC 7252 section 3.2).
  private static func appendUnsigned(
    _ value: UInt32, option: Int, after previous: inout Int, to buffer: inout DatagramBuffer
  ) {
    let width = (32 - value.leadingZeroBitCount + 7) / 8
    appendOption(option, after: &previous, length: width, to: &buffer)
    buffer.append(bigEndian: UInt64(value), width: width)
  }

  /// An option's delta and length, extended by one or two bytes from 13 and 269 on (RFC 7252 section 3.1).
  private static func appendOption(
    _ number: Int, after previous: inout Int, length: Int, to buffer: inout DatagramBuffer
  ) {
    let delta = number - previous
    previous = number
    buffer.append(UInt8(nibble(delta) << 4 | nibble(length)))
    appendExtension(delta, to: &buffer)
    appendExtension(length, to: &buffer)
  }

  private static func nibble(_ value: Int) -> Int {
    value < 13 ? value : (value < 269 ? 13 : 14)
  }

  private static func appendExtension(_ value: Int, to buffer: inout DatagramBuffer) {
    if value >= 269 {
      buffer.append(bigEndian: UInt64(value - 269), width: 2)
    } else if value >= 13 {
      buffer.append(UInt8(value - 13))
    }
  }
}
