public import Primitives
public import Telemetry

/// What a datagram's sender is owed.
///
/// It holds nothing that is counted: it is made for every datagram.
public enum Reply: Sendable {
  case none
  /// These octets of the pipeline's `replyBytes`, at once.
  case now(Range<Int>)
  /// `LanePipeline.owed`, when the batch of its sequence is committed, or cannot be.
  case afterCommit
}

/// An answer that waits for the commit of a datagram's rows. May be dropped: then nobody is answered.
public struct OwedReply: Sendable {
  /// Who owes it.
  let kind: TelemetryProtocol
  /// By what the room finds it again.
  var place: UInt32 = 0
  var serial: UInt64 = 0
  /// What was made ahead.
  var octets: [UInt8] = []
  /// The batch in which the rows stand; 0 if they came into none.
  public internal(set) var sequence: UInt64
  /// Whom it is for.
  public let destination: SourceAddress

  init(_ kind: TelemetryProtocol, of arrival: LanePipeline.Arrival) {
    self.kind = kind
    sequence = arrival.sequence
    destination = arrival.source
  }
}

/// What became of a datagram's rows.
public enum RowFate: Equatable, Sendable {
  /// They are in the journal.
  case stored
  /// There is no room for them now; they may be sent again later.
  case unavailable
  /// They could not be stored.
  case failed
  /// They were not taken, the last one for that reason.
  case refused(RejectReason)
}

/// What the rooms of a lane answer: room for one answer, made when its datagram or its commit comes in.
struct ReplyBuffer: ~Copyable {
  private(set) var octets = Slab<UInt8>(capacity: Limits.replyBytes)
  private var reply = Reply.none
  /// What waits for the commit.
  private(set) var owed: OwedReply?
  private var isOwing = false

  /// Before each datagram and each commit.
  @inline(__always)
  mutating func begin() {
    if isOwing { clear() }
  }

  @inline(never)
  private mutating func clear() {
    octets.removeAll()
    reply = .none
    owed = nil
    isOwing = false
  }

  /// These octets go back at once.
  mutating func answer(_ bytes: RawSpan) {
    let start = octets.count
    isOwing = true
    if octets.append(contentsOf: bytes) { reply = .now(start..<octets.count) }
  }

  /// That goes back after the commit.
  mutating func owe(_ owed: OwedReply) {
    isOwing = true
    reply = .afterCommit
    self.owed = owed
  }

  /// What is owed now.
  @inline(__always)
  var current: Reply { isOwing ? reply : .none }
}
