public import Telemetry

/// A message's view: where its parts stand, and the options that a server of ours knows.
///
/// ```
///  0               1               2               3
/// +---+---+-------+---------------+-------------------------------+
/// |ver| T |  TKL  |     code      |          message id           |
/// +---+---+-------+---------------+-------------------------------+
/// | token (TKL bytes) … | options … | 0xff | payload …            |
/// +---------------------------------------------------------------+
///   option: delta (4) length (4) [delta, 1 or 2] [length, 1 or 2] value
/// ```
/// RFC 7252 section 3.
public struct CoAPMessage: Sendable {
  /// The type of the message.
  public var type = CoAPType.confirmable
  /// What it asks or answers.
  public var code = CoAPCode.empty
  /// By which duplicates are told and acknowledgements matched.
  public var messageID: UInt16 = 0
  /// The token's bytes as a big-endian number.
  public var token: UInt64 = 0
  /// The token's length, 0…8.
  public var tokenLength = 0
  /// Where the payload stands; empty if there is none.
  public var payload = 0..<0
  /// How many segments the path has, empty ones too.
  public var pathCount = 0
  /// Where the path's options stand, their heads included.
  public var path = 0..<0
  /// Where the first segment's text stands.
  public var firstSegment = 0..<0
  /// Where the last segment's text stands.
  public var lastSegment = 0..<0
  /// The payload's format.
  public var contentFormat: UInt16?
  /// The format wanted.
  public var accept: UInt16?
  /// The request's block.
  public var block1: CoAPBlock?
  /// The response's block.
  public var block2: CoAPBlock?
  /// The size of the request's body.
  public var size1: UInt32?
  /// The Echo option's value as a big-endian number, if it has 8 bytes.
  public var echo: UInt64?
  /// Where the Request-Tag option's value stands; nil if there is none.
  public var requestTag: Range<Int>?
  /// Response classes not wanted, a bit each (RFC 7967 section 2.1): 2 for 2.xx, 8 for 4.xx, 16 for 5.xx.
  public var noResponse: UInt8 = 0
  /// The first critical option that is not understood, 0 if none.
  public var unknownCritical: UInt16 = 0
  /// Whether it is to be forwarded to another server.
  public var isForProxy = false
  /// Whether type, code and message id could be read.
  public var hasHeader = false

  /// A message of which nothing was read yet.
  public init() {}
}

extension CoAPMessage {
  /// Reads a datagram. nil if it is a message, else why not; `hasHeader` says whether it can be answered by a reset.
  public mutating func read(_ datagram: RawSpan) -> RejectReason? {
    self = CoAPMessage()
    if datagram.byteCount < 4 { return .coapTooShort }
    let first = datagram.octet(0)
    if first >> 6 != 1 { return .coapBadVersion }
    guard let type = CoAPType(rawValue: first >> 4 & 3) else { return .coapBadVersion }
    self.type = type
    code = CoAPCode(rawValue: datagram.octet(1))
    messageID = UInt16(datagram.octet(2)) << 8 | UInt16(datagram.octet(3))
    hasHeader = true
    let length = Int(first & 15)
    if length > 8 || datagram.byteCount < 4 + length { return .coapBadToken }
    tokenLength = length
    for index in 0..<length { token = token << 8 | UInt64(datagram.octet(4 + index)) }
    if code == .empty {
      // Section 4.1: nothing may follow the message id.
      if length > 0 { return .coapBadToken }
      return datagram.byteCount > 4 ? .coapBadOption : nil
    }
    return readOptions(datagram, from: 4 + length)
  }

  private mutating func readOptions(_ datagram: RawSpan, from: Int) -> RejectReason? {
    var position = from
    var number = 0
    while position < datagram.byteCount {
      let start = position
      let head = datagram.octet(position)
      position += 1
      if head == 0xFF {
        if position == datagram.byteCount { return .coapBadPayloadMarker }
        payload = position..<datagram.byteCount
        return nil
      }
      guard let delta = Self.extended(Int(head >> 4), datagram, at: &position),
        let length = Self.extended(Int(head & 15), datagram, at: &position),
        datagram.byteCount - position >= length
      else { return .coapBadOption }
      let isRepeated = delta == 0 && start != from
      number += delta
      if number > 65_535 { return .coapBadOption }
      takeOption(number, start: start, value: position..<position + length, isRepeated: isRepeated, of: datagram)
      position += length
    }
    return nil
  }

  /// A delta or length: 13 and 14 say that one or two bytes follow, 15 is reserved (RFC 7252 section 3.1).
  private static func extended(_ nibble: Int, _ datagram: RawSpan, at position: inout Int) -> Int? {
    if nibble < 13 { return nibble }
    let width = nibble - 12
    if width > 2 || datagram.byteCount - position < width { return nil }
    var value = Int(datagram.octet(position))
    if width == 2 { value = (value << 8 | Int(datagram.octet(position + 1))) + 256 }
    position += width
    return value + 13
  }

  /// Notes an option. One with a length out of bounds, or repeated where it must not be, counts as not understood
  /// (RFC 7252 sections 5.4.3 and 5.4.5).
  private mutating func takeOption(
    _ number: Int, start: Int, value: Range<Int>, isRepeated: Bool, of datagram: RawSpan
  ) {
    let length = value.count
    var isUnderstood = !isRepeated
    switch number {
    case CoAPOption.uriPath:
      isUnderstood = length <= 255
      path = (pathCount == 0 ? start : path.lowerBound)..<value.upperBound
      if pathCount == 0 { firstSegment = value }
      lastSegment = value
      pathCount += 1
    case CoAPOption.uriQuery:
      isUnderstood = length <= 255
    case CoAPOption.uriHost:
      isUnderstood = isUnderstood && length >= 1 && length <= 255
    case CoAPOption.uriPort:
      isUnderstood = isUnderstood && length <= 2
    case CoAPOption.proxyURI, CoAPOption.proxyScheme:
      isForProxy = true
    case CoAPOption.requestTag:
      if isUnderstood && length <= 8 { requestTag = value }
    case CoAPOption.echo:
      if isUnderstood && length == 8 { echo = Self.unsigned(datagram, value) }
    default:
      isUnderstood = isUnderstood && takeNumber(number, Self.unsigned(datagram, value), length: length)
    }
    // Options of odd number are critical (section 5.4.6).
    if !isUnderstood && number & 1 == 1 && unknownCritical == 0 {
      unknownCritical = UInt16(truncatingIfNeeded: number)
    }
  }

  /// Notes an option whose value is a number; `false` if it is not understood.
  private mutating func takeNumber(_ number: Int, _ value: UInt64, length: Int) -> Bool {
    switch number {
    case CoAPOption.contentFormat where length <= 2:
      contentFormat = UInt16(truncatingIfNeeded: value)
    case CoAPOption.accept where length <= 2:
      accept = UInt16(truncatingIfNeeded: value)
    case CoAPOption.block1 where length <= 3:
      block1 = CoAPBlock(rawValue: UInt32(truncatingIfNeeded: value))
    case CoAPOption.block2 where length <= 3:
      block2 = CoAPBlock(rawValue: UInt32(truncatingIfNeeded: value))
    case CoAPOption.size1 where length <= 4:
      size1 = UInt32(truncatingIfNeeded: value)
    case CoAPOption.noResponse where length <= 1:
      noResponse = UInt8(truncatingIfNeeded: value)
    default:
      return false
    }
    return true
  }

  /// The lowest eight bytes of an option as a big-endian number (RFC 7252 section 3.2).
  private static func unsigned(_ datagram: RawSpan, _ range: Range<Int>) -> UInt64 {
    var value: UInt64 = 0
    for index in range { value = value << 8 | UInt64(datagram.octet(index)) }
    return value
  }
}
