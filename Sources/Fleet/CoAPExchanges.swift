import Primitives

/// The confirmable messages of one source port that wait for their answer: retransmission of RFC 7252 section 4.2,
/// on a clock that it is told.
struct CoAPExchanges: Sendable {
  /// RFC 7252 section 4.8.
  static let acknowledgeTimeoutNanos = 2 * Nanos.perSecond
  static let randomFactorPercent: Int64 = 150
  static let maximumRetransmissions = 4

  struct Exchange: Sendable {
    var datagram: FleetDatagram
    var bytes: [UInt8]
    var timeoutNanos: Int64
    var dueNanos: Int64
    var retransmissions = 0
    /// An empty acknowledgement came: the answer follows by itself, and nothing is sent again.
    var isAccepted = false
  }

  /// What a message that came back means.
  enum Outcome: Sendable {
    case acknowledged(FleetDatagram)
    case refused(FleetDatagram)
    /// The answer follows.
    case accepted
    /// It belongs to nothing that waits.
    case unknown
  }

  private var waiting: [UInt16: Exchange] = [:]
  /// By token, for answers that come in a message of their own.
  private var messageOfToken: [UInt64: UInt16] = [:]
  private var random: FleetRandom

  init(seed: UInt64, stream: UInt64) {
    random = FleetRandom(seed: seed, stream: stream)
  }

  var count: Int { waiting.count }

  /// Remembers a confirmable datagram that is being sent.
  mutating func begin(_ datagram: FleetDatagram, bytes: [UInt8], nowNanos: Int64) {
    let spread = Self.acknowledgeTimeoutNanos * (Self.randomFactorPercent - 100) / 100
    let timeout = Self.acknowledgeTimeoutNanos + random.below(spread)
    waiting[datagram.messageID] = Exchange(
      datagram: datagram, bytes: bytes, timeoutNanos: timeout, dueNanos: nowNanos + timeout)
    messageOfToken[datagram.token] = datagram.messageID
  }

  /// Takes in a message that came back.
  mutating func take(_ reply: CoAPReply) -> Outcome {
    switch reply.type {
    case .acknowledgement, .reset:
      guard let exchange = waiting[reply.messageID] else { return .unknown }
      if reply.type == .acknowledgement && reply.isEmpty {
        waiting[reply.messageID]?.isAccepted = true
        return .accepted
      }
      // A piggybacked answer carries the request's token (RFC 7252 section 5.3.2).
      if reply.type == .acknowledgement && reply.token != exchange.datagram.token { return .unknown }
      return finish(reply.messageID, isSuccess: reply.type == .acknowledgement && reply.isSuccess)
    case .confirmable, .nonConfirmable:
      guard !reply.isEmpty, let messageID = messageOfToken[reply.token] else { return .unknown }
      return finish(messageID, isSuccess: reply.isSuccess)
    }
  }

  private mutating func finish(_ messageID: UInt16, isSuccess: Bool) -> Outcome {
    guard let exchange = waiting.removeValue(forKey: messageID) else { return .unknown }
    messageOfToken[exchange.datagram.token] = nil
    return isSuccess ? .acknowledged(exchange.datagram) : .refused(exchange.datagram)
  }

  /// What is to be sent again by now. Each is due again after twice the time, up to four times; the exchange is then
  /// given up.
  ///
  /// - Returns: how many were given up.
  mutating func retransmit(nowNanos: Int64, into resend: inout [[UInt8]]) -> Int {
    var givenUp = 0
    for messageID in waiting.keys.sorted() {
      guard var exchange = waiting[messageID], exchange.dueNanos <= nowNanos else { continue }
      if exchange.retransmissions == Self.maximumRetransmissions {
        waiting[messageID] = nil
        messageOfToken[exchange.datagram.token] = nil
        givenUp += 1
        continue
      }
      exchange.retransmissions += 1
      exchange.timeoutNanos *= 2
      exchange.dueNanos = nowNanos + exchange.timeoutNanos
      if !exchange.isAccepted { resend.append(exchange.bytes) }
      waiting[messageID] = exchange
    }
    return givenUp
  }
}
