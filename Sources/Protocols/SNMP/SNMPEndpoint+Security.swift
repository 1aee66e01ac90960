import Cryptography
import Primitives
import Telemetry

/// The User-based Security Model, as RFC 3414 section 3.2 has it.
extension SNMPEndpoint {
  /// A v3 message on its way in.
  private struct Incoming {
    var message: SNMPMessage
    var engineID: [UInt8]
    var userName: [UInt8]
    var user: Int?
    var keys: SNMPKeys?
    /// Our own engine is the authoritative one: for informs, and for what asks who we are.
    var isOurs: Bool
    var ourTime: Int64
    var source: SourceAddress
  }

  mutating func receiveSecured(
    _ datagram: RawSpan, _ message: SNMPMessage, _ arrival: Arrival, _ settings: borrowing SNMPSettings,
    _ admission: borrowing Admission, _ out: inout DecodedDatagram
  ) -> SNMPOutcome {
    var incoming = Incoming(
      message: message, engineID: SNMPReply.copy(datagram, message.engineID),
      userName: SNMPReply.copy(datagram, message.user), isOurs: false,
      ourTime: arrival.monotonicNanos / Nanos.perSecond, source: arrival.source)
    incoming.isOurs = incoming.engineID == settings.engine.id
    // A message in plain text is what it says, whoever sent it: it is counted before it is trusted.
    var plain = SNMPPDU()
    var scope: SNMPMessage.Scope?
    if message.isEncrypted {
      own.encrypted &+= 1
    } else {
      scope = SNMPMessage.scope(datagram, message.body, isCut: message.isCut)
      guard let scope else {
        own.undecodable &+= 1
        return SNMPOutcome(.rejected(.snmpBadEncoding))
      }
      if let reason = read(&plain, datagram, scope.pdu, isCut: message.isCut) { return SNMPOutcome(.rejected(reason)) }
    }
    if let refused = refusal(of: &incoming, plain, datagram, arrival, settings) { return refused }
    if let scope {
      return take(plain, datagram, datagram, scope, incoming, arrival, settings, admission, &out)
    }
    guard let text = decrypted(datagram, incoming, settings) else {
      return refuse(.snmpCannotDecrypt, .decryptionErrors, incoming, plain, settings)
    }
    let bytes = text.span.bytes
    // DES pads: what follows the scoped PDU is not looked at.
    guard let inner = SNMPMessage.scope(bytes, 0..<bytes.byteCount) else {
      return refuse(.snmpCannotDecrypt, .decryptionErrors, incoming, plain, settings)
    }
    var pdu = SNMPPDU()
    if let reason = read(&pdu, bytes, inner.pdu) { return SNMPOutcome(.rejected(reason)) }
    // Only now it shows that an answer is wanted: of that our engine must be the authority.
    if pdu.kind.isConfirmed && !incoming.isOurs {
      return refuse(.snmpUnknownEngine, .unknownEngineIDs, incoming, pdu, settings)
    }
    return take(pdu, bytes, datagram, inner, incoming, arrival, settings, admission, &out)
  }

  /// Takes a message that security let pass, and composes the Response to an inform.
  private mutating func take(
    _ pdu: SNMPPDU, _ bytes: RawSpan, _ datagram: RawSpan, _ scope: SNMPMessage.Scope, _ incoming: Incoming,
    _ arrival: Arrival, _ settings: borrowing SNMPSettings, _ admission: borrowing Admission,
    _ out: inout DecodedDatagram
  ) -> SNMPOutcome {
    guard pdu.kind.isNotification else { return SNMPOutcome(.rejected(.snmpNotANotification)) }
    let repetition = repetition(of: pdu, bytes, sender: datagram.extracting(incoming.message.user), arrival)
    let sender = SNMPNotification.Sender.user(name: incoming.message.user, engine: incoming.message.engineID)
    let verdict =
      repetition != .none
      ? .rejected(.duplicateMessage)
      : take(pdu, bytes, datagram, version: .v3, sender: sender, arrival, settings, admission, &out)
    out.trailingBytes = incoming.message.trailingBytes
    if verdict == .decoded && incoming.keys != nil && !incoming.isOurs {
      provenClock = ProvenClock(boots: incoming.message.boots, seconds: incoming.message.time)
    }
    guard pdu.kind == .inform, !pdu.isCut, verdict == .decoded || repetition != .none else {
      if pdu.kind == .inform { forgetInform() }
      return SNMPOutcome(verdict)
    }
    let scoped = SNMPReply.scoped(
      engineID: SNMPReply.copy(bytes, scope.contextEngine), context: SNMPReply.copy(bytes, scope.contextName),
      pdu: SNMPReply.response(to: pdu, bytes))
    guard let answer = sealed(scoped, level: incoming.message.flags & 3, incoming, settings) else {
      return SNMPOutcome(verdict)
    }
    return Self.outcome(verdict, repetition, answer)
  }

  // MARK: who may

  /// RFC 3414 section 3.2, steps 3 to 7; nil if all of them are passed.
  private mutating func refusal(
    of incoming: inout Incoming, _ pdu: SNMPPDU, _ datagram: RawSpan, _ arrival: Arrival,
    _ settings: borrowing SNMPSettings
  ) -> SNMPOutcome? {
    let message = incoming.message
    // Whether an answer is wanted the class of the PDU says, not the flag (RFC 3412 section 6.4); of one that is encrypted
    // it shows later.
    let wantsAnswer = message.isReportable && !message.isEncrypted && pdu.kind.isConfirmed
    if !incoming.isOurs && (incoming.engineID.isEmpty || wantsAnswer) {
      // Whoever wants an answer must address our engine; asking for its name is how that begins.
      let isDiscovery = incoming.engineID.isEmpty && message.isReportable && pdu.kind.isConfirmed
      let outcome = refuse(.snmpUnknownEngine, .unknownEngineIDs, incoming, pdu, settings)
      return isDiscovery ? SNMPOutcome(.decoded, outcome.reply) : outcome
    }
    incoming.user = settings.users.indices.first { index in
      let user = settings.users[index]
      return datagram.extracting(message.user).equals(user.name.span.bytes)
        && (user.engineID == nil || user.engineID == incoming.engineID)
    }
    guard let user = incoming.user else {
      // Without users, plain messages are worth what a community is.
      if settings.users.isEmpty && message.flags & 3 == 0 { return nil }
      return refuse(.snmpUnknownUser, .unknownUserNames, incoming, pdu, settings)
    }
    let known = settings.users[user]
    let isAsAgreed =
      message.isAuthenticated == (known.authentication != nil) && message.isEncrypted == (known.privacy != nil)
    if !isAsAgreed { return refuse(.snmpSecurityLevel, .unsupportedSecurityLevels, incoming, pdu, settings) }
    guard let algorithm = known.authentication else { return nil }
    incoming.keys = engines.keys(of: user, settings.users, engineID: incoming.engineID)
    guard let keys = incoming.keys,
      Self.code(of: datagram, message.authentication, keys.authentication, algorithm)
        .map({ equalInConstantTime($0, SNMPReply.copy(datagram, message.authentication)) }) == true
    else { return refuse(.snmpWrongDigest, .wrongDigests, incoming, pdu, settings) }
    // Remembered only now: whoever knows no key makes nothing forgotten.
    engines.remember(keys, of: user, engineID: incoming.engineID)
    if !isTimely(incoming, arrival, settings) {
      return refuse(.snmpNotInTimeWindow, .notInTimeWindows, incoming, pdu, settings)
    }
    return nil
  }

  private mutating func isTimely(
    _ incoming: Incoming, _ arrival: Arrival, _ settings: borrowing SNMPSettings
  ) -> Bool {
    let message = incoming.message
    if incoming.isOurs {
      return message.boots == settings.engine.boots && settings.engine.boots < SNMPEngines.lastBoots
        && SNMPEngines.times.contains(message.time)
        && abs(message.time - incoming.ourTime) <= Limits.snmpWindowSeconds
    }
    return engines.isTimely(
      engineID: incoming.engineID, boots: message.boots, time: message.time, monotonicNanos: arrival.monotonicNanos,
      source: incoming.source.withoutPort)
  }

  /// Counts a refusal and, if the sender asked for that, reports it.
  private mutating func refuse(
    _ reason: RejectReason, _ statistic: SNMPReply.Statistic, _ incoming: Incoming, _ pdu: SNMPPDU,
    _ settings: borrowing SNMPSettings
  ) -> SNMPOutcome {
    let count = statistics[Int(statistic.rawValue)] &+ 1
    statistics[Int(statistic.rawValue)] = count
    if !incoming.engineID.isEmpty { settings.tally.refuse(engine: incoming.engineID, reason) }
    // The device proved who it is, and is refused all the same: somebody has to be told.
    if (reason == .snmpNotInTimeWindow || reason == .snmpCannotDecrypt) && !incoming.isOurs {
      settings.tally.note(
        SNMPTally.ProvenRefusal(
          engine: incoming.engineID, reason: reason, source: incoming.source.withoutPort, boots: incoming.message.boots,
          time: incoming.message.time, clock: engines.clock(of: incoming.engineID)))
    }
    guard incoming.message.isReportable, pdu.kind.isConfirmed, !settings.engine.id.isEmpty else {
      return SNMPOutcome(.rejected(reason))
    }
    let scoped = SNMPReply.scoped(
      engineID: settings.engine.id, context: [],
      pdu: SNMPReply.report(statistic, count: count, requestID: pdu.requestID))
    // The clock is told to those only who proved to know the key (section 3.2 step 7).
    let level: UInt8 = statistic == .notInTimeWindows ? 1 : 0
    let report = sealed(scoped, level: level, incoming, settings)
    return SNMPOutcome(.rejected(reason), report.map { .now($0) } ?? .none)
  }

  // MARK: cryptography

  /// The code over the message with zeros in the place of the code.
  private static func code(
    of datagram: RawSpan, _ place: Range<Int>, _ key: [UInt8], _ algorithm: DigestAlgorithm
  ) -> [UInt8]? {
    guard place.count == SNMPKeys.codeBytes(algorithm) else { return nil }
    var bytes = SNMPReply.copy(datagram, 0..<datagram.byteCount)
    for index in place { bytes[index] = 0 }
    return algorithm.authenticationCode(key: key, bytes).map { Array($0.prefix(place.count)) }
  }

  private func decrypted(
    _ datagram: RawSpan, _ incoming: Incoming, _ settings: borrowing SNMPSettings
  ) -> [UInt8]? {
    guard let user = incoming.user, let privacy = settings.users[user].privacy, let keys = incoming.keys,
      let cipherText = SNMPMessage.cipherText(datagram, incoming.message.body),
      let input = keys.cipherInput(
        privacy.cipher, salt: SNMPReply.copy(datagram, incoming.message.privacy), boots: incoming.message.boots,
        time: incoming.message.time)
    else { return nil }
    return privacy.cipher.decrypted(SNMPReply.copy(datagram, cipherText), key: input.key, vector: input.vector)
  }

  /// A message of ours at a level (1 authenticated, 3 encrypted too), for the user of `incoming`.
  private func sealed(
    _ scoped: [UInt8], level: UInt8, _ incoming: Incoming, _ settings: borrowing SNMPSettings
  ) -> [UInt8]? {
    let user = incoming.user.map { settings.users[$0] }
    var security = SNMPReply.Security(
      messageID: incoming.message.id, flags: level, engineID: settings.engine.id, boots: settings.engine.boots,
      time: incoming.ourTime, user: incoming.userName)
    guard level > 0 else { return SNMPReply.message(security, body: scoped, isEncrypted: false) }
    guard let algorithm = user?.authentication, let keys = incoming.keys else { return nil }
    var body = scoped
    if level & 2 != 0 {
      guard let privacy = user?.privacy else { return nil }
      security.privacy = randomBytes(8)
      if privacy.cipher == .des { body += [UInt8](repeating: 0, count: (8 - body.count % 8) % 8) }
      guard
        let input = keys.cipherInput(
          privacy.cipher, salt: security.privacy, boots: security.boots, time: security.time),
        let text = privacy.cipher.encrypted(body, key: input.key, vector: input.vector)
      else { return nil }
      body = text
    }
    security.authentication = [UInt8](repeating: 0, count: SNMPKeys.codeBytes(algorithm))
    var message = SNMPReply.message(security, body: body, isEncrypted: level & 2 != 0)
    var head = SNMPMessage()
    guard head.read(message.span.bytes) == .message,
      let code = Self.code(of: message.span.bytes, head.authentication, keys.authentication, algorithm)
    else { return nil }
    for (index, octet) in zip(head.authentication, code) { message[index] = octet }
    return message
  }
}
