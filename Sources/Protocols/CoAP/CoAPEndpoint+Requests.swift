import Primitives
import Telemetry

/// What a request comes to.
extension CoAPEndpoint {
  /// A request's fate: the verdict, the answer, and whether it waits for a commit.
  struct Taken {
    var verdict: DatagramVerdict
    var plan: CoAPReplyPlan
    var waitsForCommit = false
    /// Whether it did something to a body under assembly, which a second time would do something else.
    var changesBody = false
    /// Whether nothing came of it, so that it may come again.
    var isRetried = false
    /// Whether it is passed over in silence.
    var isSilent = false

    init(_ verdict: DatagramVerdict, _ plan: CoAPReplyPlan) {
      self.verdict = verdict
      self.plan = plan
    }

    /// Refused, with the reason's label for the client.
    init(_ code: CoAPCode, _ reason: RejectReason) {
      verdict = .rejected(reason)
      plan = CoAPReplyPlan(code, reason)
    }
  }

  mutating func takeRequest(
    _ datagram: RawSpan, source: SourceAddress, arrivalNanos: UnixNanos, into out: inout DecodedDatagram
  ) -> Taken {
    if message.isForProxy { return Taken(.proxyingNotSupported, .coapUnknownCriticalOption) }
    if message.unknownCritical != 0 {
      var taken = Taken(.badOption, .coapUnknownCriticalOption)
      // RFC 7252 section 5.4.1: a non-confirmable message is rejected, not answered.
      taken.isSilent = message.type == .nonConfirmable
      return taken
    }
    if message.pathCount == 0 { return Taken(.notFound, .coapNotFound) }
    if Self.isEqual(datagram, message.firstSegment, ".well-known") {
      guard message.pathCount == 2, Self.isEqual(datagram, message.lastSegment, "core") else {
        return Taken(.notFound, .coapNotFound)
      }
      return takeListing(source: source, requestLength: datagram.byteCount)
    }
    if message.code != .post && message.code != .put { return Taken(.methodNotAllowed, .coapMethodNotAllowed) }
    if message.lastSegment.isEmpty { return Taken(.notFound, .coapNotFound) }
    if !Self.isName(datagram, message.lastSegment) { return Taken(.badRequest, .coapBadOption) }
    if let block = message.block1 {
      if block.sizeExponent == 7 { return Taken(.badRequest, .coapBadBlock) }
      if block.more || block.number > 0 {
        var taken = takeBlock(block, datagram, source: source, arrivalNanos: arrivalNanos, into: &out)
        taken.changesBody = !taken.isRetried
        return taken
      }
    }
    if message.payload.isEmpty { return Taken(.badRequest, .coapMissingPayload) }
    let first = datagram.unsafeLoad(fromByteOffset: message.payload.lowerBound, as: UInt8.self)
    guard let form = SenMLForm(contentFormat: message.contentFormat, firstByte: first) else {
      return Taken(.unsupportedContentFormat, .coapUnsupportedFormat)
    }
    let pack = datagram.extracting(message.payload)
    let measurement = datagram.extracting(message.lastSegment)
    let place = SenMLPackPlace.datagram(offset: message.payload.lowerBound)
    let verdict =
      form == .json
      ? decoder.decodeJSON(pack, place: place, measurement: measurement, arrivalNanos: arrivalNanos, into: &out)
      : decoder.decodeCBOR(pack, place: place, measurement: measurement, arrivalNanos: arrivalNanos, into: &out)
    return conclude(verdict)
  }

  /// The fate of a request whose pack was decoded.
  mutating func conclude(_ verdict: DatagramVerdict) -> Taken {
    if case .rejected(let reason) = verdict { return Taken(.badRequest, reason) }
    var taken = Taken(.decoded, CoAPReplyPlan(.changed))
    taken.plan.block1 = message.block1?.rawValue ?? CoAPReplyPlan.noBlock
    taken.waitsForCommit = true
    return taken
  }

  /// `/.well-known/core` (RFC 6690). An answer larger than the request goes to a verified address only; another is
  /// asked to prove itself (RFC 9175 section 2.4).
  private func takeListing(source: SourceAddress, requestLength: Int) -> Taken {
    if message.code != .get { return Taken(.methodNotAllowed, .coapMethodNotAllowed) }
    if let accept = message.accept, accept != Self.linkFormat { return Taken(.notAcceptable, .coapUnsupportedFormat) }
    var plan = CoAPReplyPlan(.content)
    plan.body = .listing
    var length = listing.count
    if let block = message.block2 {
      if block.sizeExponent == 7 || block.offset >= listing.count { return Taken(.badRequest, .coapBadBlock) }
      length = min(block.size, listing.count - block.offset)
      let more = block.offset + length < listing.count
      plan.block2 = CoAPBlock(number: block.number, more: more, sizeExponent: block.sizeExponent).rawValue
    }
    // Header, token, Content-Format, at most five bytes of Block2, marker.
    let replyLength = 4 + message.tokenLength + 2 + (message.block2 == nil ? 0 : 5) + 1 + length
    if replyLength > requestLength && !freshness.isVerified(source, nowNanos: nowNanos) {
      plan = CoAPReplyPlan(.unauthorized)
      plan.hasEcho = true
    }
    return Taken(.decoded, plan)
  }

  /// One block of a body that comes in several (RFC 7959 section 2.5).
  private mutating func takeBlock(
    _ block: CoAPBlock, _ datagram: RawSpan, source: SourceAddress, arrivalNanos: UnixNanos,
    into out: inout DecodedDatagram
  ) -> Taken {
    let payload = datagram.extracting(message.payload)
    let hash = bodyHash(datagram, source: source)
    let expiresNanos = nowNanos &+ Self.exchangeLifetimeNanos
    if block.more ? payload.byteCount != block.size : payload.byteCount > block.size || payload.byteCount == 0 {
      if let body = bodies.find(source, hash: hash, nowNanos: nowNanos) { bodies.end(body) }
      return Taken(.badRequest, .coapBadBlock)
    }
    if block.number == 0 {
      let first = payload.unsafeLoad(fromByteOffset: 0, as: UInt8.self)
      if SenMLForm(contentFormat: message.contentFormat, firstByte: first) == nil {
        return Taken(.unsupportedContentFormat, .coapUnsupportedFormat)
      }
      if let size = message.size1, size > bodyLimit { return tooLarge() }
      let body = bodies.begin(
        source, hash: hash, contentFormat: message.contentFormat, nowNanos: nowNanos, expiresNanos: expiresNanos)
      if body == nil {
        var taken = Taken(.serviceUnavailable, .coapBodiesFull)
        taken.isRetried = true
        return taken
      }
    }
    guard let body = bodies.find(source, hash: hash, nowNanos: nowNanos) else {
      return Taken(.requestEntityIncomplete, .coapBadBlock)
    }
    if bodies.length(of: body) != block.offset {
      bodies.end(body)
      return Taken(.requestEntityIncomplete, .coapBadBlock)
    }
    if !bodies.append(payload, to: body, nowNanos: nowNanos, expiresNanos: expiresNanos) {
      bodies.end(body)
      return tooLarge()
    }
    if block.more {
      var plan = CoAPReplyPlan(.continued)
      plan.block1 = block.rawValue
      return Taken(.decoded, plan)
    }
    let taken = decodeBody(body, datagram, arrivalNanos: arrivalNanos, into: &out)
    bodies.end(body)
    return taken
  }

  private func tooLarge() -> Taken {
    var taken = Taken(.requestEntityTooLarge, .coapBodyTooLarge)
    taken.plan.hasSize1 = true
    return taken
  }

  private mutating func decodeBody(
    _ body: Int, _ datagram: RawSpan, arrivalNanos: UnixNanos, into out: inout DecodedDatagram
  ) -> Taken {
    let first = bodies.bytes(of: body).unsafeLoad(fromByteOffset: 0, as: UInt8.self)
    let contentFormat = message.contentFormat ?? bodies.contentFormat(of: body)
    guard let form = SenMLForm(contentFormat: contentFormat, firstByte: first) else {
      return Taken(.unsupportedContentFormat, .coapUnsupportedFormat)
    }
    let measurement = datagram.extracting(message.lastSegment)
    return conclude(
      Self.decode(
        form, bodies, body, with: &decoder, measurement: measurement, arrivalNanos: arrivalNanos, into: &out))
  }

  /// Decoder and bodies are handed in apart, so that one may change while the other is read.
  private static func decode(
    _ form: SenMLForm, _ bodies: borrowing CoAPBodyTable, _ body: Int, with decoder: inout SenMLDecoder,
    measurement: RawSpan, arrivalNanos: UnixNanos, into out: inout DecodedDatagram
  ) -> DatagramVerdict {
    let pack = bodies.bytes(of: body)
    return form == .json
      ? decoder.decodeJSON(pack, place: .apart, measurement: measurement, arrivalNanos: arrivalNanos, into: &out)
      : decoder.decodeCBOR(pack, place: .apart, measurement: measurement, arrivalNanos: arrivalNanos, into: &out)
  }

  /// What makes blocks one body beside their source: method, path and Request-Tag (RFC 9175 section 3.4). Not the
  /// token, which differs from block to block.
  private func bodyHash(_ datagram: RawSpan, source: SourceAddress) -> UInt64 {
    var hasher = SipHash(key: key)
    hasher.combine(source, UInt16(message.code.rawValue))
    // The first segment's head says how far it is from the option before, so it begins behind that.
    hasher.combine(UInt64(message.firstSegment.count))
    hasher.combine(datagram, message.firstSegment.lowerBound..<message.path.upperBound)
    if let tag = message.requestTag { hasher.combine(datagram, tag) }
    return hasher.finish(last: message.requestTag == nil ? 0 : 1)
  }

  private static func isEqual(_ bytes: RawSpan, _ range: Range<Int>, _ text: StaticString) -> Bool {
    if range.count != text.utf8CodeUnitCount { return false }
    for index in 0..<range.count
    where bytes.unsafeLoad(fromByteOffset: range.lowerBound + index, as: UInt8.self) != text.utf8Start[index] {
      return false
    }
    return true
  }

  /// Whether a segment can name a measurement: UTF-8, and neither `.` nor `..` (RFC 7252 section 5.10.1).
  private static func isName(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    if isEqual(bytes, range, ".") || isEqual(bytes, range, "..") { return false }
    return UTF8Text.isValid(bytes.extracting(range))
  }
}
