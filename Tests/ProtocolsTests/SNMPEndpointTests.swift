import Cryptography
import Primitives
import Registry
import Telemetry
import Testing

@testable import Protocols

@Suite struct SNMPEnginesTests {
  private static let source = SourceAddress(ipv4: 0x0A00_0001, port: 0)

  private static func isTimely(
    _ engines: inout SNMPEngines, _ id: [UInt8] = [1, 2, 3, 4, 5], boots: Int64, time: Int64, second: Int64 = 0
  ) -> Bool {
    engines.isTimely(
      engineID: id, boots: boots, time: time, monotonicNanos: second * Nanos.perSecond, source: source)
  }

  /// RFC 3414 section 3.2 step 7b: a message is of the window behind what is believed, or ahead of it.
  @Test func aClockMayLagByTheWindowAndNotMore() {
    var engines = SNMPEngines()
    let isFirst = Self.isTimely(&engines, boots: 5, time: 1_000, second: 100)
    let isLast = Self.isTimely(&engines, boots: 5, time: 1_000 - 150 + 60, second: 160)
    let isLate = Self.isTimely(&engines, boots: 5, time: 1_000 - 151 + 60, second: 160)
    let isAhead = Self.isTimely(&engines, boots: 5, time: 900_000, second: 161)
    let isOldNow = Self.isTimely(&engines, boots: 5, time: 1_100, second: 162)
    #expect(isFirst && isLast && !isLate && isAhead && !isOldNow)
  }

  @Test func bootsGoUpAndNeverDown() {
    var engines = SNMPEngines()
    _ = Self.isTimely(&engines, boots: 5, time: 1_000)
    let isRebooted = Self.isTimely(&engines, boots: 6, time: 0)
    let isReplayed = Self.isTimely(&engines, boots: 5, time: 1_001)
    let clock = engines.clock(of: [1, 2, 3, 4, 5])
    #expect(isRebooted && !isReplayed && clock?.boots == 6 && clock?.latestTime == 0 && clock?.source == Self.source)
    #expect(engines.clock(of: [1, 2, 3, 4]) == nil)
  }

  /// Numbers that no clock can have are of no clock, and nothing overflows by them.
  @Test(
    arguments: [
      (-1, 0), (0, -1), (Int64(Int32.max), 0), (.max, 0), (.min, 0), (0, .min), (0, Int64(Int32.max) + 1), (0, .max),
    ] as [(Int64, Int64)])
  func numbersThatNoClockHas(boots: Int64, time: Int64) {
    var engines = SNMPEngines()
    for second: Int64 in [0, 1_000_000_000] {
      let isTimely = Self.isTimely(&engines, boots: boots, time: time, second: second)
      #expect(!isTimely)
    }
    #expect(engines.clock(of: [1, 2, 3, 4, 5]) == nil)
    let isLargest = Self.isTimely(&engines, boots: Int64(Int32.max) - 1, time: Int64(Int32.max))
    let isStill = Self.isTimely(&engines, boots: Int64(Int32.max) - 1, time: Int64(Int32.max), second: 150)
    let isNoMore = Self.isTimely(&engines, boots: Int64(Int32.max) - 1, time: Int64(Int32.max), second: 151)
    #expect(isLargest && isStill && !isNoMore)
  }

  /// Where there are too many all are learned again; keys too, and those of another user are others.
  @Test func enginesAreBounded() throws {
    func id(_ number: Int) -> [UInt8] { [9, UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255), 0] }
    var engines = SNMPEngines()
    for number in 0..<Limits.snmpEngines { _ = Self.isTimely(&engines, id(number), boots: 1, time: 10) }
    let known = (0..<Limits.snmpEngines).count { engines.clock(of: id($0)) != nil }
    #expect(known == Limits.snmpEngines)
    _ = Self.isTimely(&engines, id(Limits.snmpEngines), boots: 1, time: 10)
    #expect(engines.clock(of: id(0)) == nil && engines.clock(of: id(Limits.snmpEngines)) != nil)

    let users = try ["maplesyrup", "other password"].map {
      try require(SNMPUser(name: "u", authentication: (.sha1, $0)))
    }
    let first = try require(engines.keys(of: 0, users, engineID: id(1)))
    engines.remember(first, of: 0, engineID: id(1))
    let again = engines.keys(of: 0, [users[1]], engineID: id(1))
    #expect(again?.authentication == first.authentication, "what was proved is not made again")
    let other = engines.keys(of: 1, users, engineID: id(1))
    let elsewhere = engines.keys(of: 0, users, engineID: id(2))
    #expect(other?.authentication != first.authentication && elsewhere?.authentication != first.authentication)
  }
}

/// Messages through an endpoint: what is answered, counted and refused.
@Suite struct SNMPEndpointTests {
  private static let source = SourceAddress(ipv4: 0x0A00_0001, port: 40_000)
  private static let identity = "3017 060a2b060106030101040100 06092b0601060301010503"
  private static let ours: [UInt8] = [0x80, 0, 0x1F, 0x88, 4, 7]

  private static func pdu(_ kind: UInt8, _ requestID: Int64 = 7, bindings: String = identity) -> [UInt8] {
    let list = BERWriter.element(0x30, octets(bindings))
    return BERWriter.element(kind, BERWriter.integer(requestID) + BERWriter.integer(0) + BERWriter.integer(0) + list)
  }

  private static func community(_ kind: UInt8, _ requestID: Int64 = 7, _ name: String = "public") -> [UInt8] {
    SNMPReply.message(community: Array(name.utf8), pdu: pdu(kind, requestID))
  }

  private static func receive(
    _ endpoint: inout SNMPEndpoint, _ datagram: [UInt8], _ settings: SNMPSettings = SNMPSettings(),
    sequence: UInt64 = 1, second: Int64 = 100
  ) -> SNMPOutcome {
    var out = DecodedDatagram()
    return endpoint.receive(
      datagram.span.bytes,
      SNMPEndpoint.Arrival(source: source, monotonicNanos: second * Nanos.perSecond, sequence: sequence),
      settings: settings, admission: Admission(registry: .empty, knownOnly: false), into: &out)
  }

  private static func isSilent(_ outcome: SNMPOutcome) -> Bool { if case .none = outcome.reply { true } else { false } }
  private static func later(_ outcome: SNMPOutcome) -> [UInt8]? {
    if case .afterCommit(let bytes) = outcome.reply { bytes } else { nil }
  }
  private static func now(_ outcome: SNMPOutcome) -> [UInt8]? {
    if case .now(let bytes) = outcome.reply { bytes } else { nil }
  }

  @Test func anInformIsAnsweredOnceCommittedAndTakenOnce() throws {
    var endpoint = SNMPEndpoint(seed: 1)
    let inform = Self.community(0xA6)
    let first = Self.receive(&endpoint, inform, sequence: 4)
    let answer = try require(Self.later(first))
    let pending = Self.receive(&endpoint, inform, sequence: 5)
    endpoint.noteCommit(4, isCommitted: true)
    let committed = Self.receive(&endpoint, inform, sequence: 6)
    #expect(first.verdict == .decoded && pending.verdict == .rejected(.duplicateMessage) && Self.isSilent(pending))
    #expect(committed.verdict == .rejected(.duplicateMessage) && Self.now(committed) == answer)
    var message = SNMPMessage()
    var pdu = SNMPPDU()
    #expect(message.read(answer.span.bytes) == .message && pdu.read(answer.span.bytes, message.body) == nil)
    #expect(pdu.kind == .response && pdu.requestID == 7)
    // Another request is another inform, and so is the same one a minute later.
    let other = Self.receive(&endpoint, Self.community(0xA6, 8), sequence: 7)
    let late = Self.receive(&endpoint, inform, sequence: 8, second: 100 + Int64(Limits.snmpInformSeconds))
    #expect(other.verdict == .decoded && late.verdict == .decoded)
  }

  @Test func anInformOfABatchThatWasLostIsTakenAgain() {
    var endpoint = SNMPEndpoint(seed: 1)
    _ = Self.receive(&endpoint, Self.community(0xA6), sequence: 4)
    endpoint.noteCommit(4, isCommitted: false)
    let again = Self.receive(&endpoint, Self.community(0xA6), sequence: 5)
    endpoint.forgetInform()
    let third = Self.receive(&endpoint, Self.community(0xA6), sequence: 6)
    #expect(again.verdict == .decoded && third.verdict == .decoded)
  }

  @Test func communitiesAreThoseThatAreNamed() {
    var settings = SNMPSettings()
    settings.communities = [Array("one".utf8), Array("two".utf8)]
    for (name, isKnown) in [("one", true), ("two", true), ("on", false), ("", false), ("twoo", false)] {
      var endpoint = SNMPEndpoint(seed: 1)
      let outcome = Self.receive(&endpoint, Self.community(0xA7, 7, name), settings)
      #expect(outcome.verdict == (isKnown ? .decoded : .rejected(.snmpUnknownCommunity)), "\(name)")
    }
  }

  /// What lanes counted is handed over once, by kind.
  @Test func countsAreHandedOverOnce() {
    var endpoint = SNMPEndpoint(seed: 1)
    let tally: SNMPTally = SNMPSettings().tally
    _ = Self.receive(&endpoint, Self.community(0xA7))
    _ = Self.receive(&endpoint, Self.community(0xA6))
    _ = Self.receive(&endpoint, Self.community(0xA0))
    _ = Self.receive(&endpoint, [0x30, 3, 2, 1, 9])
    _ = Self.receive(&endpoint, Array("text".utf8))
    let cut = Array(Self.community(0xA7).prefix(20))
    endpoint.noteTruncated(cut.span.bytes)
    endpoint.handOver(to: tally)
    endpoint.handOver(to: tally)
    let counts = tally.snapshot
    #expect(counts.messages == 5 && counts.undecodable == 2 && counts.varbinds == 3 && counts.encrypted == 0)
    let byKind = Dictionary(uniqueKeysWithValues: zip(SNMPPDU.Kind.allCases, counts.pdus))
    #expect(byKind[.trapV2] == 1 && byKind[.inform] == 1 && byKind[.get] == 1 && counts.pdus.reduce(0, +) == 3)
  }

  @Test func eachKindHasItsCount() {
    var own = SNMPOwnTally()
    for (times, kind) in SNMPPDU.Kind.allCases.enumerated() { for _ in 0...times { own.count(kind) } }
    let tally = SNMPTally()
    tally.add(own)
    tally.add(own)
    #expect(tally.snapshot.pdus == (1...9).map { 2 * $0 })
  }

  // MARK: version 3

  private static func settings() throws -> SNMPSettings {
    var settings = SNMPSettings(engine: SNMPEngine(id: ours, boots: 3))
    settings.users = [try require(SNMPUser(name: "u", authentication: (.sha256, "maplesyrup")))]
    return settings
  }

  private static func secured(
    _ kind: UInt8, engine: [UInt8], boots: Int64, time: Int64, flags: UInt8 = 1, user: String = "u",
    _ settings: SNMPSettings
  ) throws -> [UInt8] {
    let scoped = SNMPReply.scoped(engineID: engine, context: [], pdu: pdu(kind))
    var security = SNMPReply.Security(
      messageID: 1, flags: flags, engineID: engine, boots: boots, time: time, user: Array(user.utf8))
    guard flags & 1 == 1 else { return SNMPReply.message(security, body: scoped, isEncrypted: false) }
    security.authentication = [UInt8](repeating: 0, count: SNMPKeys.codeBytes(.sha256))
    var message = SNMPReply.message(security, body: scoped, isEncrypted: false)
    let keys = try require(SNMPKeys(settings.users[0], engineID: engine))
    let code = try require(DigestAlgorithm.sha256.authenticationCode(key: keys.authentication, message))
    var head = SNMPMessage()
    #expect(head.read(message.span.bytes) == .message)
    for (index, octet) in zip(head.authentication, code) { message[index] = octet }
    return message
  }

  /// An inform to our engine is of our clock; one whose numbers no clock can have is refused, and overflows nothing.
  @Test(
    arguments: [
      (3, 100, true), (3, 250, true), (3, 251, false), (3, 0, true), (3, -1, false), (2, 100, false), (4, 100, false),
      (3, .min, false), (3, .max, false), (.min, .min, false),
    ] as [(Int64, Int64, Bool)])
  func informsToOurClock(boots: Int64, time: Int64, isTaken: Bool) throws {
    let settings = try Self.settings()
    var endpoint = SNMPEndpoint(seed: 1)
    let inform = try Self.secured(0xA6, engine: Self.ours, boots: boots, time: time, flags: 5, settings)
    let outcome = Self.receive(&endpoint, inform, settings)
    #expect(outcome.verdict == (isTaken ? .decoded : .rejected(.snmpNotInTimeWindow)))
    // Who knows the key is told our clock, to try again.
    let reply = try require(isTaken ? Self.later(outcome) : Self.now(outcome))
    var message = SNMPMessage()
    #expect(message.read(reply.span.bytes) == .message && message.boots == 3 && message.time == 100)
    #expect(message.isAuthenticated)
  }

  @Test func trapsAreOfTheirEnginesClockHoweverLargeItSaysItIs() throws {
    let settings = try Self.settings()
    let engine: [UInt8] = [1, 2, 3, 4, 5]
    var endpoint = SNMPEndpoint(seed: 1)
    for (time, second, isTaken) in [
      (.max, 0, false), (.max, 100, false), (10, 100, true), (10, 250, true), (10, 251, false), (.min, 252, false),
      (300, 253, true),
    ] as [(Int64, Int64, Bool)] {
      let trap = try Self.secured(0xA7, engine: engine, boots: 1, time: time, settings)
      let outcome = Self.receive(&endpoint, trap, settings, second: second)
      #expect(outcome.verdict == (isTaken ? .decoded : .rejected(.snmpNotInTimeWindow)), "\(time) at \(second)")
      #expect(Self.isSilent(outcome))
    }
    let proven = settings.tally.takeProven(except: [])
    #expect(proven.map(\.engine) == [engine] && proven[0].count == 4 && proven[0].clock?.latestTime == 10)
    #expect(settings.tally.takeProven(except: []).isEmpty)
  }

  @Test func whatIsNotProvedIsRefusedAndToldByEngine() throws {
    let settings = try Self.settings()
    let engine: [UInt8] = [1, 2, 3, 4, 5]
    var endpoint = SNMPEndpoint(seed: 1)
    var wrong = try Self.secured(0xA7, engine: engine, boots: 1, time: 1, settings)
    wrong[wrong.count - 1] ^= 1
    #expect(Self.receive(&endpoint, wrong, settings).verdict == .rejected(.snmpWrongDigest))
    let plain = try Self.secured(0xA7, engine: engine, boots: 1, time: 1, flags: 0, settings)
    #expect(Self.receive(&endpoint, plain, settings).verdict == .rejected(.snmpSecurityLevel))
    let stranger = try Self.secured(0xA7, engine: engine, boots: 1, time: 1, flags: 0, user: "x", settings)
    #expect(Self.receive(&endpoint, stranger, settings).verdict == .rejected(.snmpUnknownUser))
    let inform = try Self.secured(0xA6, engine: engine, boots: 1, time: 1, flags: 5, settings)
    #expect(Self.receive(&endpoint, inform, settings).verdict == .rejected(.snmpUnknownEngine))
    #expect(endpoint.engines.clock(of: engine) == nil, "who proved nothing sets no clock")
    let refused = settings.tally.snapshot.refusedEngines
    #expect(
      Set(refused.keys.map(\.engine)) == ["0x0102030405"] && refused.values.allSatisfy { $0 == 1 } && refused.count == 4
    )
    #expect(settings.tally.takeProven(except: []).isEmpty)
  }

  /// Asking for our engine is no fault: it is told, to be used.
  @Test func whoAsksForOurEngineIsToldIt() throws {
    let settings = try Self.settings()
    var endpoint = SNMPEndpoint(seed: 1)
    let question = try Self.secured(0xA0, engine: [], boots: 0, time: 0, flags: 4, user: "", settings)
    let outcome = Self.receive(&endpoint, question, settings)
    let reply = try require(Self.now(outcome))
    var message = SNMPMessage()
    #expect(message.read(reply.span.bytes) == .message && outcome.verdict == .decoded)
    #expect(SNMPReply.copy(reply.span.bytes, message.engineID) == Self.ours)
    // A node without an engine of its own says nothing.
    let silent = Self.receive(&endpoint, question, SNMPSettings())
    #expect(Self.isSilent(silent))
  }

  @Test func enginesAreTalliedUpToABoundAndTheRestTogether() {
    let tally = SNMPTally()
    for number in 0..<Limits.snmpEnginesTallied + 10 {
      tally.refuse(engine: [UInt8(number >> 8), UInt8(number & 255)], .snmpWrongDigest)
      tally.note(
        SNMPTally.ProvenRefusal(
          engine: [UInt8(number >> 8), UInt8(number & 255)], reason: .snmpNotInTimeWindow, source: Self.source,
          boots: 1, time: 1, clock: nil))
    }
    tally.refuse(engine: [0, 0], .snmpWrongDigest)
    let refused = tally.snapshot.refusedEngines
    #expect(refused[.init(engine: "other", reason: .snmpWrongDigest)] == 10)
    #expect(refused[.init(engine: "0x0000", reason: .snmpWrongDigest)] == 2)
    #expect(refused.values.reduce(0, +) == UInt64(Limits.snmpEnginesTallied) + 11)
    let waiting = tally.takeProven(except: [[0, 5]])
    #expect(waiting.count == Limits.snmpEnginesTallied - 1 && waiting.first?.engine == [0, 0])
    #expect(tally.takeProven(except: []).map(\.engine) == [[0, 5]])
    // All listeners' figures are one list, added up.
    var listeners = [ListenerSettings(.snmp), ListenerSettings(.snmp)]
    listeners[0].snmp.tally = tally
    listeners[1].snmp.tally = tally
    let samples = SNMPRoom.figures(of: listeners)[0].samples
    #expect(samples.first?.count == 4 && samples.last?.labels.first?.1 == "other" && samples.last?.count == 20)
  }
}
