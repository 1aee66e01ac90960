public import Primitives
import Sys
public import Telemetry

/// A CoAP server (RFC 7252) that takes SenML packs: POST or PUT to any path, whose last segment is the measurement.
///
/// It knows no socket and no clock: datagrams and times are handed in, replies are left in `replyBytes`.
///
/// - A request with rows is answered when `rowsCommitted` says so, never before: a confirmable one in its
///   acknowledgement, a non-confirmable one by a message of its own unless No-Response (RFC 7967) forbids.
/// - A request with rows or blocks whose source, id and octets were seen in the last 247 seconds (145 for
///   non-confirmable ones) is not processed again; a confirmable one gets the same answer again once there is one. The
///   same id with other octets is another request. What could not be stored is taken anew when it comes again, and
///   what is refused at once is refused again: nothing of it needs to be remembered.
/// - Bodies may come in blocks (RFC 7959), in order, one body for each source, path and Request-Tag. Where there is no
///   room for another, the address that has the most gives way, or a body of which nothing came for long.
/// - Nothing larger than its request goes to an address that did not send back an Echo option (RFC 9175).
public struct CoAPEndpoint: ~Copyable {
  /// RFC 7252 section 4.8.2: how long a message id of a confirmable and of a non-confirmable message stays taken.
  static let exchangeLifetimeNanos = Int64(Limits.coapExchangeLifetimeSeconds) * Nanos.perSecond
  static let nonLifetimeNanos = 145 * Nanos.perSecond
  /// The largest message that needs no knowledge of the path (RFC 7252 section 4.6).
  static let messageBytes = 1_152
  static let replyBufferBytes = 256 * 1_024
  /// `application/link-format` (RFC 6690).
  static let linkFormat: UInt16 = 40

  let key: (UInt64, UInt64)
  /// Of a message's octets, under a secret of its own.
  private let octetHash: KeyHash
  var message = CoAPMessage()
  var decoder = SenMLDecoder()
  var exchanges: CoAPExchangeTable
  var bodies: CoAPBodyTable
  var freshness: CoAPFreshness
  var replies: Slab<UInt8>
  /// The labels of all reasons, one behind the other, and where each begins.
  var labels: Slab<UInt8>
  var labelStarts: Slab<Int>
  var listing: Slab<UInt8>
  var nowNanos: Int64 = 0
  var nextMessageID: UInt16
  private var forgottenTold: (exchanges: UInt64, bodies: UInt64) = (0, 0)

  /// Replies that were left out because nobody emptied `replyBytes`.
  public internal(set) var repliesUnsent: UInt64 = 0

  /// - Parameters:
  ///   - exchanges: the most messages that are remembered, rounded up to a power of two.
  ///   - bodies: the most bodies under assembly.
  ///   - bodyBytes: the most bytes of a body.
  ///   - key: the secret of hashes and tokens; random unless a test says it.
  public init(
    exchanges: Int = Limits.coapExchanges, bodies: Int = Limits.coapBodies, bodyBytes: Int = Limits.coapBodyBytes,
    key: (UInt64, UInt64)? = nil
  ) {
    var generator = Randomness()
    let secret = key ?? (generator.next(), generator.next())
    self.key = secret
    var hasher = SipHash(key: secret)
    hasher.combine(3)
    octetHash = KeyHash(seed: hasher.finish(last: 0))
    nextMessageID = UInt16(truncatingIfNeeded: generator.next() as UInt64)
    self.exchanges = CoAPExchangeTable(limit: exchanges)
    self.bodies = CoAPBodyTable(count: bodies, bodyBytes: bodyBytes)
    bodyLimit = bodyBytes
    freshness = CoAPFreshness(key: secret)
    replies = Slab(capacity: Self.replyBufferBytes)
    labels = Slab(capacity: 4_096)
    labelStarts = Slab(capacity: RejectReason.codeLimit + 1)
    for code in 0..<RejectReason.codeLimit {
      labelStarts.append(labels.count)
      for byte in RejectReason(rawValue: UInt8(code)).label.utf8 { labels.append(byte) }
    }
    labelStarts.append(labels.count)
    listing = Slab(capacity: 64)
    for byte in "</telemetry>;rt=\"senml\";ct=\"110 112\"".utf8 { listing.append(byte) }
  }

  let bodyLimit: Int

  /// All replies since `clearReplies`, one behind the other.
  public var replyBytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get { replies.bytes }
  }

  /// Forgets the replies, which were sent.
  public mutating func clearReplies() {
    replies.removeAll()
  }

  /// Messages that were forgotten before their time because too many came.
  public var evictions: UInt64 { exchanges.evictions }

  /// What had to be forgotten since this was asked last; nil if nothing.
  mutating func takeForgotten() -> (exchanges: UInt64, bodies: UInt64)? {
    let now = (exchanges: exchanges.evictions, bodies: bodies.evictions)
    defer { forgottenTold = now }
    let more = (exchanges: now.exchanges - forgottenTold.exchanges, bodies: now.bodies - forgottenTold.bodies)
    return more == (0, 0) ? nil : more
  }

  /// Messages that are remembered.
  public var exchangeCount: Int { exchanges.count }

  /// Takes one datagram and decodes the rows of a request that is complete into `out`, which it resets.
  ///
  /// - Parameters:
  ///   - datagram: the UDP payload.
  ///   - source: where it came from, and where the reply goes.
  ///   - arrivalNanos: what relative times of SenML count from.
  ///   - monotonicNanos: a clock that never goes back, by which messages expire.
  public mutating func receive(
    _ datagram: RawSpan, source: SourceAddress, arrivalNanos: UnixNanos, monotonicNanos: Int64,
    into out: inout DecodedDatagram
  ) -> CoAPOutcome {
    out.reset()
    nowNanos = monotonicNanos
    if let reason = message.read(datagram) {
      // Section 4.2: what cannot be processed is rejected by a reset, if it is confirmable; all else in silence.
      let isReset = message.hasHeader && message.type == .confirmable
      return CoAPOutcome(.rejected(reason), isReset ? reset() : .none)
    }
    if message.code == .empty && message.type == .confirmable {
      // A ping (section 4.3).
      return CoAPOutcome(.decoded, reset())
    }
    if !message.code.isRequest || message.type == .acknowledgement || message.type == .reset {
      // Classes 1, 6 and 7 are reserved, and then the message is malformed (section 3).
      let codeClass = message.code.codeClass
      let isReserved = codeClass == 1 || codeClass >= 6
      return CoAPOutcome(
        .rejected(.coapNotARequest), isReserved && message.type == .confirmable ? reset() : .none)
    }
    var hasher = SipHash(key: key)
    hasher.combine(source, message.messageID)
    let hash = hasher.finish(last: octetHash.hash(datagram))
    if let entry = exchanges.find(source, messageID: message.messageID, hash: hash, nowNanos: nowNanos) {
      return CoAPOutcome(.rejected(.duplicateMessage), repeatReply(of: entry))
    }
    if let echo = message.echo {
      freshness.verify(
        source, echo: echo, nowNanos: nowNanos, expiresNanos: nowNanos &+ Self.exchangeLifetimeNanos)
    }
    let request = takeRequest(datagram, source: source, arrivalNanos: arrivalNanos, into: &out)
    return remember(request, hash: hash, source: source, requestLength: datagram.byteCount)
  }

  /// Says what became of the rows of a request; the answer to send, nil if there is none: 2.04 for what is stored, 5.03
  /// for what may be sent again later, 5.00 for what failed, and for what was refused 4.03 or 4.00.
  public mutating func rowsCommitted(_ exchange: CoAPExchange, result: RowFate) -> CoAPReply? {
    guard var entry = exchanges.entry(exchange), entry.state == .pending else { return nil }
    var state = CoAPExchangeTable.State.answered
    switch result {
    case .stored: break
    case .unavailable:
      entry.plan = CoAPReplyPlan(.serviceUnavailable)
      state = afterFailure(entry)
    case .failed:
      entry.plan = CoAPReplyPlan(.internalServerError)
      state = afterFailure(entry)
    case .refused(let reason):
      entry.plan = CoAPReplyPlan(Self.code(of: reason), reason)
    }
    exchanges.set(exchange, entry.plan, state)
    guard case .now(let bytes) = reply(to: entry) else { return nil }
    return CoAPReply(destination: entry.source, bytes: bytes)
  }

  /// What was not kept is taken anew when it comes again, but for the last block of a body, of which the others are gone.
  private func afterFailure(_ entry: CoAPExchangeTable.Entry) -> CoAPExchangeTable.State {
    entry.isBlock ? .answered : .failed
  }

  private static func code(of reason: RejectReason) -> CoAPCode {
    switch reason {
    case .unknownDevice, .sourceNotAllowed: .forbidden
    case .textTooLong, .tooManyRows, .tooManyFields: .requestEntityTooLarge
    default: .badRequest
    }
  }
}
