/// Why a datagram, or one row of it, was refused: the code under which the ledger counts it.
///
/// The reasons of a protocol stand in its room, which says their labels; here are those that several share.
public struct RejectReason: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  public let rawValue: UInt8

  /// Codes that there may be: what the ledger keeps counts for.
  public static let codeLimit = 128

  @inlinable
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }
}

/// A reason and its label in the ledger and in metrics.
public struct NamedReason: Hashable, Sendable {
  public var reason: RejectReason
  /// In snake case: `line_bad_value`.
  public var label: String

  public init(_ reason: RejectReason, _ label: String) {
    self.reason = reason
    self.label = label
  }
}

// Codes 0 to 23.
extension RejectReason {
  /// The payload was larger than a slot, so the kernel cut it.
  @inlinable public static var truncated: RejectReason { RejectReason(rawValue: 0) }
  /// Nothing, or nothing but line ends and blanks.
  @inlinable public static var empty: RejectReason { RejectReason(rawValue: 1) }
  /// A gzip, zlib or zstd stream where text was to be.
  @inlinable public static var compressed: RejectReason { RejectReason(rawValue: 2) }
  /// The source is outside the listener's allow-list.
  @inlinable public static var sourceNotAllowed: RejectReason { RejectReason(rawValue: 3) }
  /// `admit: known`, and the registry knows neither the device nor the address.
  @inlinable public static var unknownDevice: RejectReason { RejectReason(rawValue: 4) }
  @inlinable public static var tooManyRows: RejectReason { RejectReason(rawValue: 5) }
  @inlinable public static var tooManyFields: RejectReason { RejectReason(rawValue: 6) }
  @inlinable public static var tooManyTags: RejectReason { RejectReason(rawValue: 7) }
  @inlinable public static var nameTooLong: RejectReason { RejectReason(rawValue: 8) }
  /// A name that is no UTF-8 text, or holds control characters.
  @inlinable public static var badName: RejectReason { RejectReason(rawValue: 9) }
  /// A measurement of a name under which the node keeps what it finds out itself.
  @inlinable public static var reservedName: RejectReason { RejectReason(rawValue: 10) }
  @inlinable public static var textTooLong: RejectReason { RejectReason(rawValue: 11) }
  @inlinable public static var integerOutOfRange: RejectReason { RejectReason(rawValue: 12) }
  @inlinable public static var notANumber: RejectReason { RejectReason(rawValue: 13) }
  /// Older than the table's retention.
  @inlinable public static var expired: RejectReason { RejectReason(rawValue: 14) }
  /// A retransmission of a message that was taken already: answered again where the protocol asks for it, stored once.
  @inlinable public static var duplicateMessage: RejectReason { RejectReason(rawValue: 15) }
  /// Written by a token that is limited to other devices.
  @inlinable public static var outOfScope: RejectReason { RejectReason(rawValue: 16) }
  /// The node was asked for the time, and nothing keeps its own clock.
  @inlinable public static var clockNotSynchronised: RejectReason { RejectReason(rawValue: 17) }

  /// Whether it speaks against who sent it, not against the node.
  @inlinable public var isOfSender: Bool { self != .clockNotSynchronised }

  /// All of them, with their labels.
  public static let shared = [
    NamedReason(.truncated, "truncated"), NamedReason(.empty, "empty"), NamedReason(.compressed, "compressed"),
    NamedReason(.sourceNotAllowed, "source_not_allowed"), NamedReason(.unknownDevice, "unknown_device"),
    NamedReason(.tooManyRows, "too_many_rows"), NamedReason(.tooManyFields, "too_many_fields"),
    NamedReason(.tooManyTags, "too_many_tags"), NamedReason(.nameTooLong, "name_too_long"),
    NamedReason(.badName, "bad_name"), NamedReason(.reservedName, "reserved_name"),
    NamedReason(.textTooLong, "text_too_long"), NamedReason(.integerOutOfRange, "integer_out_of_range"),
    NamedReason(.notANumber, "not_a_number"), NamedReason(.expired, "expired"),
    NamedReason(.duplicateMessage, "duplicate_message"), NamedReason(.outOfScope, "out_of_scope"),
    NamedReason(.clockNotSynchronised, "clock_not_synchronised"),
  ]
}
