import Primitives
import Telemetry

/// What is sent back, and what of it is remembered.
extension CoAPEndpoint {
  /// A reset for the present message.
  mutating func reset() -> CoAPReplyAction {
    guard hasRoom() else { return .none }
    let start = replies.count
    _ = CoAPReplyEncoder(
      type: .reset, code: .empty, messageID: message.messageID, token: 0, tokenLength: 0, limit: 4, into: &replies)
    return .now(start..<replies.count)
  }

  private mutating func hasRoom() -> Bool {
    if replies.room >= Limits.coapReplyBytes { return true }
    repliesUnsent &+= 1
    return false
  }

  /// Notes a request that was taken, if it would be taken otherwise a second time, and answers it unless it waits.
  mutating func remember(
    _ taken: Taken, hash: UInt64, source: SourceAddress, requestLength: Int
  ) -> CoAPOutcome {
    let isConfirmable = message.type == .confirmable
    let lifetimeNanos = isConfirmable ? Self.exchangeLifetimeNanos : Self.nonLifetimeNanos
    var entry = CoAPExchangeTable.Entry(
      source: source, token: message.token, expiresNanos: nowNanos &+ lifetimeNanos, plan: taken.plan,
      requestLength: UInt32(truncatingIfNeeded: requestLength), hash: hash, messageID: message.messageID,
      tokenLength: UInt8(truncatingIfNeeded: message.tokenLength), noResponse: message.noResponse, type: message.type,
      state: taken.waitsForCommit ? .pending : .answered)
    entry.isBlock = taken.changesBody
    if taken.waitsForCommit || taken.changesBody {
      let exchange = exchanges.insert(entry, addressHash: addressHash(source), nowNanos: nowNanos)
      // Without a place it is not told from a retransmission, and not answered: nobody asked for that.
      if taken.waitsForCommit { return CoAPOutcome(taken.verdict, exchange.map { .afterCommit($0) } ?? .none) }
    }
    return CoAPOutcome(taken.verdict, taken.isSilent ? .none : reply(to: entry))
  }

  // Mutating, as is all that is called for each message: the compiler would hand over a copy of the endpoint.
  private mutating func addressHash(_ source: SourceAddress) -> UInt64 {
    var hasher = SipHash(key: key)
    hasher.combine(source.withoutPort, 3)
    return hasher.finish(last: 0)
  }

  /// The answer that a message got, again. A non-confirmable one is passed over (RFC 7252 section 4.5), and one whose
  /// rows wait is still to be answered.
  mutating func repeatReply(of entry: CoAPExchangeTable.Entry) -> CoAPReplyAction {
    if entry.state == .pending || entry.type != .confirmable { return .none }
    return reply(to: entry)
  }

  /// Writes the answer to an exchange: no larger than its request, unless its address is verified.
  mutating func reply(to entry: CoAPExchangeTable.Entry) -> CoAPReplyAction {
    guard hasRoom() else { return .none }
    let start = replies.count
    let plan = entry.plan
    let isConfirmable = entry.type == .confirmable
    if (entry.noResponse >> (plan.code.codeClass - 1)) & 1 == 1 {
      // RFC 7967 section 2.1: no response, but a confirmable message is acknowledged all the same.
      if !isConfirmable { return .none }
      _ = CoAPReplyEncoder(
        type: .acknowledgement, code: .empty, messageID: entry.messageID, token: 0, tokenLength: 0, limit: 4,
        into: &replies)
      return .now(start..<replies.count)
    }
    let isVerified = freshness.isVerified(entry.source, nowNanos: nowNanos)
    var messageID = entry.messageID
    if !isConfirmable {
      messageID = nextMessageID
      nextMessageID &+= 1
    }
    var encoder = CoAPReplyEncoder(
      type: isConfirmable ? .acknowledgement : .nonConfirmable, code: plan.code, messageID: messageID,
      token: entry.token, tokenLength: Int(entry.tokenLength),
      limit: isVerified ? Limits.coapReplyBytes : min(Limits.coapReplyBytes, Int(entry.requestLength)), into: &replies)
    write(plan, for: entry.source, with: &encoder)
    return .now(start..<replies.count)
  }

  private mutating func write(
    _ plan: CoAPReplyPlan, for source: SourceAddress, with encoder: inout CoAPReplyEncoder
  ) {
    if plan.body == .listing {
      encoder.append(option: CoAPOption.contentFormat, value: UInt64(Self.linkFormat), into: &replies)
    }
    if plan.block2 != CoAPReplyPlan.noBlock {
      encoder.append(option: CoAPOption.block2, value: UInt64(plan.block2), into: &replies)
    }
    if plan.block1 != CoAPReplyPlan.noBlock {
      encoder.append(option: CoAPOption.block1, value: UInt64(plan.block1), into: &replies)
    }
    if plan.hasSize1 {
      encoder.append(option: CoAPOption.size1, value: UInt64(bodyLimit), into: &replies)
    }
    if plan.hasEcho {
      let token = freshness.token(source, nowNanos: nowNanos)
      encoder.append(option: CoAPOption.echo, value: token, width: 8, into: &replies)
    }
    switch plan.body {
    case .none: break
    case .diagnostic:
      let range = labelStarts[Int(plan.reason)]..<labelStarts[Int(plan.reason) + 1]
      encoder.append(payload: labels, range, into: &replies)
    case .listing:
      var range = 0..<listing.count
      if plan.block2 != CoAPReplyPlan.noBlock {
        let block = CoAPBlock(rawValue: plan.block2)
        range = block.offset..<min(block.offset + block.size, listing.count)
      }
      encoder.append(payload: listing, range, into: &replies)
    }
  }
}
