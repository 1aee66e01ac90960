/// Message types (RFC 7252 section 3).
public enum CoAPType: UInt8, Sendable, BitwiseCopyable {
  /// Wants an acknowledgement.
  case confirmable = 0
  /// Wants none.
  case nonConfirmable = 1
  /// Acknowledges a confirmable message.
  case acknowledgement = 2
  /// Says that a message could not be processed.
  case reset = 3
}

/// Codes (RFC 7252 section 12.1): three bits of class, five of detail.
public struct CoAPCode: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// `class << 5 | detail`.
  public let rawValue: UInt8

  /// A code as it stands in the header.
  @inlinable
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// The code written `2.04` as `CoAPCode(2, 4)`.
  @inlinable
  public init(_ codeClass: UInt8, _ detail: UInt8) {
    rawValue = codeClass << 5 | detail
  }

  /// The empty message.
  public static let empty = CoAPCode(0, 0)
  /// Reads a resource.
  public static let get = CoAPCode(0, 1)
  /// Hands a representation over.
  public static let post = CoAPCode(0, 2)
  /// Puts a representation in place.
  public static let put = CoAPCode(0, 3)
  /// 2.04: done.
  public static let changed = CoAPCode(2, 4)
  /// 2.05: here it is.
  public static let content = CoAPCode(2, 5)
  /// 2.31: send the next block (RFC 7959 section 2.9.1).
  public static let continued = CoAPCode(2, 31)
  /// 4.00.
  public static let badRequest = CoAPCode(4, 0)
  /// 4.01: with Echo, ask again and prove the address (RFC 9175 section 2.4).
  public static let unauthorized = CoAPCode(4, 1)
  /// 4.02: a critical option was not understood.
  public static let badOption = CoAPCode(4, 2)
  /// 4.03.
  public static let forbidden = CoAPCode(4, 3)
  /// 4.04.
  public static let notFound = CoAPCode(4, 4)
  /// 4.05.
  public static let methodNotAllowed = CoAPCode(4, 5)
  /// 4.06: no representation in the format of the Accept option.
  public static let notAcceptable = CoAPCode(4, 6)
  /// 4.08: blocks are missing (RFC 7959 section 2.9.2).
  public static let requestEntityIncomplete = CoAPCode(4, 8)
  /// 4.13.
  public static let requestEntityTooLarge = CoAPCode(4, 13)
  /// 4.15.
  public static let unsupportedContentFormat = CoAPCode(4, 15)
  /// 5.00.
  public static let internalServerError = CoAPCode(5, 0)
  /// 5.03: try later.
  public static let serviceUnavailable = CoAPCode(5, 3)
  /// 5.05.
  public static let proxyingNotSupported = CoAPCode(5, 5)

  /// 0 requests and the empty message, 2 success, 4 and 5 errors.
  @inlinable public var codeClass: UInt8 { rawValue >> 5 }
  /// Whether this is a request's code.
  @inlinable public var isRequest: Bool { rawValue != 0 && rawValue < 32 }
}

/// Option numbers (RFC 7252 section 5.10 and others as said).
public enum CoAPOption {
  /// The virtual host asked.
  public static let uriHost = 3
  /// To be told of changes (RFC 7641).
  public static let observe = 6
  /// The port asked.
  public static let uriPort = 7
  /// One segment of the path.
  public static let uriPath = 11
  /// The payload's format.
  public static let contentFormat = 12
  /// One argument of the query.
  public static let uriQuery = 15
  /// The format that the client wants.
  public static let accept = 17
  /// The block of a response (RFC 7959).
  public static let block2 = 23
  /// The block of a request (RFC 7959).
  public static let block1 = 27
  /// To be forwarded to another server.
  public static let proxyURI = 35
  /// The same, by its scheme.
  public static let proxyScheme = 39
  /// The size of a request's body (RFC 7959).
  public static let size1 = 60
  /// Freshness of a request (RFC 9175).
  public static let echo = 252
  /// Which responses the client does not want (RFC 7967).
  public static let noResponse = 258
  /// Which blocks belong together (RFC 9175).
  public static let requestTag = 292
}

/// The value of a Block1 or Block2 option (RFC 7959 section 2.2): number (20 bits), more follow (1), size exponent (3).
public struct CoAPBlock: Hashable, Sendable, BitwiseCopyable {
  /// As an unsigned integer.
  public var rawValue: UInt32

  /// A value as it was sent.
  @inlinable
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// From its parts; `sizeExponent` 0…6 means blocks of 16…1,024 bytes.
  @inlinable
  public init(number: Int, more: Bool, sizeExponent: Int) {
    rawValue = UInt32(truncatingIfNeeded: number << 4 | (more ? 8 : 0) | sizeExponent)
  }

  /// Which block this is.
  @inlinable public var number: Int { Int(rawValue >> 4) }
  /// Whether others follow.
  @inlinable public var more: Bool { rawValue & 8 != 0 }
  /// 0…6; 7 is reserved.
  @inlinable public var sizeExponent: Int { Int(rawValue & 7) }
  /// The size of a block in bytes.
  @inlinable public var size: Int { 16 << sizeExponent }
  /// Where the block begins in the body.
  @inlinable public var offset: Int { number * size }
}
