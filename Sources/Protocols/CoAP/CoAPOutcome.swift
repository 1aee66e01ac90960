public import Primitives
public import Telemetry

/// A request whose answer waits for the commit of its rows. Opaque; may be dropped.
public struct CoAPExchange: Hashable, Sendable, BitwiseCopyable {
  let place: UInt32
  let serial: UInt64
}

/// What is to be sent for a datagram.
public enum CoAPReplyAction: Equatable, Sendable {
  /// Nothing.
  case none
  /// These bytes of the endpoint's `replyBytes`, to the datagram's source.
  case now(Range<Int>)
  /// What `rowsCommitted` gives once the rows are committed, or are known not to be.
  case afterCommit(CoAPExchange)
}

/// What an endpoint made of a datagram.
public struct CoAPOutcome: Equatable, Sendable {
  /// For the ledger. `.decoded` may come without rows: a ping, a block before the last, a listing.
  public var verdict: DatagramVerdict
  /// What to send.
  public var reply: CoAPReplyAction

  /// A verdict and what to send.
  public init(_ verdict: DatagramVerdict, _ reply: CoAPReplyAction = .none) {
    self.verdict = verdict
    self.reply = reply
  }
}

/// An answer after the commit.
public struct CoAPReply: Equatable, Sendable {
  /// Whom it is for.
  public var destination: SourceAddress
  /// Where it stands in the endpoint's `replyBytes`.
  public var bytes: Range<Int>
}

/// A response as it is remembered, so that a retransmission gets the same again (RFC 7252 section 4.5).
struct CoAPReplyPlan: BitwiseCopyable {
  enum Body: UInt8 {
    case none
    /// The reason's label.
    case diagnostic
    /// The listing of `/.well-known/core`.
    case listing
  }

  static let noBlock = UInt32.max

  var code: CoAPCode
  var body = Body.none
  var hasSize1 = false
  var hasEcho = false
  /// `RejectReason`'s raw value, for a diagnostic body.
  var reason: UInt8 = 0
  var block1 = Self.noBlock
  var block2 = Self.noBlock

  init(_ code: CoAPCode) {
    self.code = code
  }

  /// An error with the reason's label as its payload.
  init(_ code: CoAPCode, _ reason: RejectReason) {
    self.code = code
    self.reason = reason.rawValue
    body = .diagnostic
  }
}
