public import Primitives

/// Writes a reply behind what a buffer holds, never larger than a limit: what does not fit is left out, the payload is
/// cut. Options are to be appended in the order of their numbers.
public struct CoAPReplyEncoder: ~Copyable {
  private let start: Int
  private let limit: Int
  private var lastOption = 0
  /// Whether an option was left out.
  public private(set) var isCut = false

  /// Writes header and token (RFC 7252 section 3).
  ///
  /// - Parameter limit: the most bytes of the whole message; header and token are written whatever it is.
  public init(
    type: CoAPType, code: CoAPCode, messageID: UInt16, token: UInt64, tokenLength: Int, limit: Int,
    into buffer: inout Slab<UInt8>
  ) {
    start = buffer.count
    self.limit = min(limit, buffer.room)
    buffer.append(1 << 6 | type.rawValue << 4 | UInt8(truncatingIfNeeded: tokenLength))
    buffer.append(code.rawValue)
    buffer.append(UInt8(truncatingIfNeeded: messageID >> 8))
    buffer.append(UInt8(truncatingIfNeeded: messageID))
    Self.append(token, width: tokenLength, into: &buffer)
  }

  private static func append(_ value: UInt64, width: Int, into buffer: inout Slab<UInt8>) {
    for index in 0..<width {
      buffer.append(UInt8(truncatingIfNeeded: value >> UInt64((width - 1 - index) * 8)))
    }
  }

  private func room(in buffer: borrowing Slab<UInt8>) -> Int { limit - (buffer.count - start) }

  /// Appends an option of `width` bytes, the lowest of `value`; without a width in the fewest (RFC 7252 section 3.2).
  public mutating func append(option number: Int, value: UInt64, width: Int? = nil, into buffer: inout Slab<UInt8>) {
    let length = width ?? (64 - value.leadingZeroBitCount + 7) / 8
    let delta = number - lastOption
    precondition(delta >= 0 && delta < 269 && length < 13, "BUG: a reply's option of another size than these")
    if room(in: buffer) < 1 + (delta >= 13 ? 1 : 0) + length {
      isCut = true
      return
    }
    buffer.append(UInt8(min(delta, 13) << 4 | length))
    if delta >= 13 { buffer.append(UInt8(delta - 13)) }
    Self.append(value, width: length, into: &buffer)
    lastOption = number
  }

  /// Appends the marker and as much of `range` of `source` as fits, if that is a byte at least.
  public mutating func append(
    payload source: borrowing Slab<UInt8>, _ range: Range<Int>, into buffer: inout Slab<UInt8>
  ) {
    let length = min(range.count, room(in: buffer) - 1)
    if length < 1 { return }
    buffer.append(0xFF)
    buffer.append(contentsOf: source.bytes.extracting(range.lowerBound..<range.lowerBound + length))
  }
}
