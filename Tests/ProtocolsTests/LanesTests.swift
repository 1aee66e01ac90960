import Primitives
import Registry
import Synchronization
import Sys
import Telemetry
import Testing

@testable import Protocols

/// Each protocol's lane by itself: by which listener's settings it reads, and what it owes.
@Suite struct LanesTests {
  private static let nanos = UnixNanos(1_795_186_800) * Nanos.perSecond

  private static func setup(_ listeners: [ListenerSettings]) -> LaneSetup {
    LaneSetup(
      listeners: listeners,
      bounds: TimeBounds(futureNanos: Nanos.perDay, readingsAgeNanos: nil, eventsAgeNanos: nil), seed: 5,
      keepsTotals: true)
  }

  private static func arrival(
    _ listener: Int = 0, source: UInt32 = 0x0A00_0001, nanos: UnixNanos = nanos, sequence: UInt64 = 1
  ) -> LanePipeline.Arrival {
    var arrival = LanePipeline.Arrival(
      listener: listener, source: SourceAddress(ipv4: source, port: 5_000),
      destination: SourceAddress(high: 0, low: 0, port: 9), nanos: nanos, monotonicNanos: nanos)
    arrival.sequence = sequence
    return arrival
  }

  private static let anybody = Admission(registry: .empty, knownOnly: false)

  private static func take(
    _ lanes: inout ProtocolLanes, _ bytes: [UInt8], _ kind: TelemetryProtocol, _ arrival: LanePipeline.Arrival,
    _ out: inout DecodedDatagram, _ replies: inout ReplyBuffer, admission: Admission = anybody
  ) -> DatagramVerdict {
    out.reset()
    replies.begin()
    return lanes.receive(bytes.span.bytes, as: kind, arrival, admission, into: &out, &replies)
  }

  /// Each datagram is read by the lane that it is given as: the seeds of one protocol are decoded by it at least once, and
  /// nothing is ever decoded as a captured frame.
  @Test func everyProtocolHasItsLane() {
    var lanes = ProtocolLanes(Self.setup([ListenerSettings(.line)]))
    var out = DecodedDatagram()
    var replies = ReplyBuffer()
    for kind in TelemetryProtocol.spoken where kind != .rtcp {
      var decoded = 0
      for seed in kind.room.seeds {
        if Self.take(&lanes, seed, kind, Self.arrival(), &out, &replies) == .decoded { decoded += 1 }
        let captured = Self.take(&lanes, seed, .capture, Self.arrival(), &out, &replies)
        #expect(captured == .rejected(.unknownProtocol))
      }
      #expect(decoded > 0, "\(kind)")
    }
  }

  /// The unit of times is the listener's, also where a time does not fit.
  @Test func linesAreReadInTheUnitOfTheirListener() {
    var listeners = [ListenerSettings(.line), ListenerSettings(.line)]
    listeners[1].line.precision = .hours
    var lane = LineLane(Self.setup(listeners))
    var out = DecodedDatagram()
    var replies = ReplyBuffer()
    for (text, listener, nanos) in [
      ("m,device=d v=1 7", 0, 7), ("m,device=d v=1 7", 1, 7 * Nanos.perHour),
      ("m,device=d v=1 9223372036854775807", 1, .max), ("m,device=d v=1 -9223372036854775807", 1, .min),
    ] as [(String, Int, Int64)] {
      out.reset()
      let bytes = Array(text.utf8)
      let verdict = lane.receive(bytes.span.bytes, Self.arrival(listener), Self.anybody, into: &out, &replies)
      let time = out.rows.count == 1 ? out.rows[0].timeNanos : 0
      #expect(verdict == .decoded && time == nanos, "\(text) of listener \(listener)")
    }
  }

  /// A time without zone is of its source's zone, of whatever port; else of the listener's.
  @Test func syslogTimesAreOfTheZoneOfTheirSource() {
    var listeners = [ListenerSettings(.syslog), ListenerSettings(.syslog)]
    listeners[0].syslog.zone = .fixed(offsetSeconds: 3_600)
    listeners[0].syslog.sourceZones[SourceAddress(ipv4: 0x0A00_0002, port: 0)] = .fixed(offsetSeconds: 7_200)
    var lane = SyslogLane(Self.setup(listeners))
    var out = DecodedDatagram()
    var replies = ReplyBuffer()
    let bytes = Array("<13>Nov 20 15:00:00 gw app: x".utf8)
    for (listener, source, hour) in [(0, 0x0A00_0001, 14), (0, 0x0A00_0002, 13), (1, 0x0A00_0002, 15)]
      as [(Int, UInt32, Int)]
    {
      out.reset()
      let verdict = lane.receive(
        bytes.span.bytes, Self.arrival(listener, source: source), Self.anybody, into: &out, &replies)
      let time = out.rows.count == 1 ? out.rows[0].timeNanos : 0
      #expect(verdict == .decoded && time == utc(2026, 11, 20, hour))
    }
  }

  /// A CoAP request is answered once its rows are committed, and its retransmission at once with the same octets.
  @Test func coapAnswersWaitForTheCommit() throws {
    let listeners = [ListenerSettings(.line), ListenerSettings(.coap)]
    var lane = CoAPLane(Self.setup(listeners))
    var out = DecodedDatagram()
    var replies = ReplyBuffer()
    let request: [UInt8] =
      [0x40, 2, 0, 7, 0xB9] + Array("telemetry".utf8) + [0x01, UInt8(ascii: "w"), 0x11, 110, 0xFF]
      + Array(#"[{"n":"a/x","v":1}]"#.utf8)
    replies.begin()
    let verdict = lane.receive(request.span.bytes, Self.arrival(1), Self.anybody, into: &out, &replies)
    let owed = try require(replies.owed)
    #expect(verdict == .decoded && owed.kind == .coap && owed.sequence == 1)
    replies.begin()
    lane.settle(owed, .stored, &replies)
    let first = replies.octets.bytes.withUnsafeBytes { Array($0) }
    #expect(first.count >= 4 && first[0] == 0x60 && Array(first[1...3]) == [CoAPCode.changed.rawValue, 0, 7])
    replies.begin()
    out.reset()
    let again = lane.receive(request.span.bytes, Self.arrival(1), Self.anybody, into: &out, &replies)
    let second = replies.octets.bytes.withUnsafeBytes { Array($0) }
    let rows = out.rows.count
    #expect(again == .rejected(.duplicateMessage) && second == first && rows == 0)
    // Who owes nothing any more answers nothing.
    replies.begin()
    lane.settle(OwedReply(.coap, of: Self.arrival(1)), .stored, &replies)
    let isNothing = replies.octets.isEmpty
    #expect(isNothing)
  }

  /// Requests beyond the room are forgotten, and that is told to the listener that there is, once.
  @Test func whatACoAPLaneForgotIsTold() {
    let listeners = [ListenerSettings(.line), ListenerSettings(.coap)]
    var lane = CoAPLane(Self.setup(listeners))
    lane.endpoint = CoAPEndpoint(exchanges: 2, bodies: 1, bodyBytes: 1_024, key: (1, 2))
    var out = DecodedDatagram()
    var replies = ReplyBuffer()
    for number: UInt8 in 0..<5 {
      let request: [UInt8] =
        [0x40, 2, 0, number, 0xB9] + Array("telemetry".utf8) + [0x01, UInt8(ascii: "w"), 0x11, 110, 0xFF]
        + Array(#"[{"n":"a/x","v":1}]"#.utf8)
      replies.begin()
      out.reset()
      let verdict = lane.receive(request.span.bytes, Self.arrival(1), Self.anybody, into: &out, &replies)
      #expect(verdict == .decoded)
    }
    lane.tellCounts()
    lane.tellCounts()
    #expect(listeners[1].coap.tally.exchangesForgotten == 3 && listeners[0].coap.tally.exchangesForgotten == 0)
  }

  /// An inform that came into no batch is forgotten, so that its retransmission is taken.
  @Test func anSNMPLaneForgetsWhatCameIntoNoBatch() throws {
    var lane = SNMPLane(Self.setup([ListenerSettings(.snmp)]))
    var out = DecodedDatagram()
    var replies = ReplyBuffer()
    let list = BERWriter.element(0x30, octets("3017 060a2b060106030101040100 06092b0601060301010503"))
    let inform = SNMPReply.message(
      community: Array("public".utf8),
      pdu: BERWriter.element(0xA6, BERWriter.integer(7) + BERWriter.integer(0) + BERWriter.integer(0) + list))
    func take(_ lane: inout SNMPLane, sequence: UInt64) -> DatagramVerdict {
      out.reset()
      replies.begin()
      return lane.receive(
        inform.span.bytes, Self.arrival(sequence: sequence), Self.anybody, into: &out, &replies)
    }
    expect(take(&lane, sequence: 0) == .decoded)
    let owed = try require(replies.owed)
    lane.settle(owed, .unavailable, &replies)
    expect(take(&lane, sequence: 5) == .decoded)
    let second = try require(replies.owed)
    lane.settle(second, .unavailable, &replies)
    expect(take(&lane, sequence: 6) == .rejected(.duplicateMessage))
    lane.noteCommit(5, isCommitted: true)
    replies.begin()
    lane.settle(second, .stored, &replies)
    let answer = replies.octets.bytes.withUnsafeBytes { Array($0) }
    #expect(answer == second.octets && !answer.isEmpty)
    guard case .object(let detail) = lane.detail(), case .count(let messages) = detail["messages"] else {
      Issue.record("a lane with an SNMP listener has something to tell")
      return
    }
    #expect(messages == 3)
  }

  /// A captured head is enough of RTP and of nothing else; RTCP on an RTP port is read as that.
  @Test func anRTPLaneReadsBothAndRemembersItsStreams() {
    func isHeadEnough(_ bytes: [UInt8], _ kind: TelemetryProtocol) -> Bool {
      ProtocolLanes.isHeadEnough(bytes.span.bytes, as: kind)
    }
    expect(ProtocolLanes.isHeadEnough([UInt8](repeating: 0x80, count: 12).span.bytes, as: .rtp))
    expect(!ProtocolLanes.isHeadEnough([UInt8](repeating: 0x80, count: 11).span.bytes, as: .rtp))
    expect(!ProtocolLanes.isHeadEnough([UInt8](repeating: 0x80, count: 12).span.bytes, as: .line))
    var lane = RTPLane(Self.setup([ListenerSettings(.rtp)]))
    var out = DecodedDatagram()
    var replies = ReplyBuffer()
    expect(lane.dueNanos() == .min)
    for sequence: UInt8 in 0..<3 {
      let packet: [UInt8] = [0x80, 96, 0, sequence, 0, 0, 0, sequence, 0, 0, 0, 9, 1, 2, 3]
      let verdict = lane.receive(packet.span.bytes, Self.arrival(), Self.anybody, into: &out, &replies)
      #expect(verdict == .decoded)
    }
    let report: [UInt8] = [0x80, 201, 0, 1, 0, 0, 0, 9]
    let verdict = lane.receive(report.span.bytes, Self.arrival(), Self.anybody, into: &out, &replies)
    let types = lane.endpoint.reports.packetTypes
    let streams = lane.endpoint.table.count
    #expect(verdict == .decoded && types.map(\.1) == [1] && streams == 1)
    let (isDue, isLater) = (lane.isDue(Self.nanos), lane.isDue(Self.nanos + 2 * Nanos.perSecond))
    #expect(!isDue && isLater)
  }

  // MARK: WS-Discovery

  private static func hello(_ endpoint: String, action: String = "Hello", more: String = "") -> [UInt8] {
    Array(
      ("<E><Action>http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01/\(action)</Action><\(action)><Address>"
        + "\(endpoint)</Address>\(more)</\(action)></E>").utf8)
  }

  @Test func anAnnouncementIsToldOnceWithinItsTime() {
    var lane = WSDiscoveryLane(Self.setup([ListenerSettings(.wsd)]))
    var out = DecodedDatagram()
    var replies = ReplyBuffer()
    func take(
      _ lane: inout WSDiscoveryLane, _ bytes: [UInt8], source: UInt32 = 1, second: Int64
    ) -> (DatagramVerdict, Int) {
      out.reset()
      let verdict = lane.receive(
        bytes.span.bytes, Self.arrival(source: source, nanos: Self.nanos + second * Nanos.perSecond), Self.anybody,
        into: &out, &replies)
      return (verdict, out.rows.count)
    }
    let seconds = Limits.discoveryMessageSeconds
    expect(take(&lane, Self.hello("urn:uuid:1"), second: 0) == (.decoded, 1))
    expect(take(&lane, Self.hello("urn:uuid:1"), second: seconds) == (.rejected(.duplicateMessage), 0))
    expect(take(&lane, Self.hello("urn:uuid:1"), source: 2, second: seconds) == (.decoded, 1))
    expect(take(&lane, Self.hello("urn:uuid:2"), second: seconds) == (.decoded, 1))
    // A repetition is counted from the last one; also where the clock went back.
    expect(take(&lane, Self.hello("urn:uuid:1"), second: 2 * seconds + 1) == (.decoded, 1))
    expect(take(&lane, Self.hello("urn:uuid:1"), second: seconds + 1) == (.rejected(.duplicateMessage), 0))
    expect(take(&lane, Self.hello("urn:uuid:1"), second: 0) == (.decoded, 1))
    let hellos = lane.actions[Int(WSDiscoveryMessage.Action.hello.rawValue)]
    #expect(hellos == 7, "all are counted, told or not")
  }

  @Test func anAnnouncementSaysWhatTheDeviceIs() throws {
    let device = Device(
      id: "cam-7", deviceClass: "camera", area: "", addresses: [SourceAddress(ipv4: 0x0A00_0009, port: 0)])
    let registry = DeviceRegistry(devices: [device])
    var lane = WSDiscoveryLane(Self.setup([ListenerSettings(.wsd)]))
    var out = DecodedDatagram()
    var replies = ReplyBuffer()
    let scopes =
      "<Scopes>x onvif://www.onvif.org/name/Gate%20%C4%90%FF%2 onvif://www.onvif.org/hardware/C1 "
      + "onvif://www.onvif.org/name/second</Scopes>"
    func take(_ bytes: [UInt8], source: UInt32, knownOnly: Bool) -> (device: String, texts: [String], refused: Int)? {
      out.reset()
      _ = lane.receive(
        bytes.span.bytes, Self.arrival(source: source), Admission(registry: registry, knownOnly: knownOnly), into: &out,
        &replies)
      if out.rows.count != 1 { return ("", [], out.refusedRows.count) }
      let key = out.text(out.rows[0].key, of: bytes.span.bytes)
      guard let series = SeriesKey(canonicalBytes: key) else { return nil }
      let texts = (0..<4).map { index in
        out.text(TextRange(payload: out.fields[index].payload), of: bytes.span.bytes)
          .withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      }
      return (series.device, texts, 0)
    }
    let known = try require(take(Self.hello("urn:uuid:1", more: scopes), source: 0x0A00_0009, knownOnly: true))
    #expect(known.device == "cam-7" && known.texts[0] == "informational" && known.texts[1] == "wsd.hello")
    #expect(known.texts[2] == "Gate Đ\u{FFFD}%2, C1", "what is no UTF-8 and no escape stays readable")
    #expect(JSONCheck.isValid(known.texts[3]))
    let stranger = try require(take(Self.hello("urn:uuid:2", action: "Bye"), source: 5, knownOnly: false))
    #expect(
      stranger.device == "endpoint:urn:uuid:2" && stranger.texts[0] == "notice" && stranger.texts[2] == "urn:uuid:2")
    let refused = try require(take(Self.hello("urn:uuid:3"), source: 5, knownOnly: true))
    #expect(refused.device.isEmpty && refused.refused == 1)
  }

  private static func likeness(_ room: any ProtocolRoom.Type, _ bytes: [UInt8]) -> ProtocolLikeness {
    room.likeness(of: bytes.span.bytes)
  }

  @Test func whatIsDiscoveryIsToldByItsContent() {
    func likeness(_ text: String) -> ProtocolLikeness { Self.likeness(WSDiscoveryRoom.self, Array(text.utf8)) }
    #expect(likeness("<a>/discovery") == .telling && likeness("\u{FEFF} \n<a>/discover") == .possible)
    #expect(likeness("a</discovery") == .none)
    #expect(likeness(String(repeating: " ", count: 63) + "</discovery") == .telling)
    #expect(likeness(String(repeating: " ", count: 65) + "</discovery") == .none)
    #expect(Self.likeness(CaptureRoom.self, [0x80, 0, 0, 0]) == .none)
    #expect(Self.likeness(SyslogRoom.self, Array("<191>x".utf8)) == .telling)
    for text in ["<192>x", "<>xx", "<1x>", "<0191>"] {
      #expect(Self.likeness(SyslogRoom.self, Array(text.utf8)) == .possible, "\(text)")
    }
    #expect(Self.likeness(LineRoom.self, Array("a b=1".utf8)) == .possible)
    #expect(Self.likeness(LineRoom.self, [0x80, 96, 0, 1, 0, 0]) == .none)
    #expect(Self.likeness(RTCPRoom.self, [0x80, 201, 0, 1, 0, 0, 0, 9]) == .telling)
    #expect(Self.likeness(RTCPRoom.self, [0x40, 201, 0, 1, 0, 0, 0, 9]) == .none)
  }
}

/// A clock's lead is looked at once a second, and at once when it jumps.
@Suite struct ClockLeadTests {
  @Test func aLookASecond() {
    let looks = Looks()
    var doubt = ClockDoubt { now in
      looks.add()
      return now - 5
    }
    var ahead: [Int64] = []
    for nanos in [0, 1, Nanos.perSecond, Nanos.perSecond + 1, Nanos.perSecond + 2, -5 * Nanos.perDay, .max, .min] {
      ahead.append(doubt.aheadNanos(at: max(nanos, .min + 5)))
    }
    #expect(ahead.allSatisfy { $0 == 5 } && looks.count == 5)
  }

  /// A clock that is behind what is believed is not ahead, and one that is too far ahead for 64 bits is not judged.
  @Test func itIsNeverBelowZero() {
    var behind = ClockDoubt { $0 + 100 }
    var far = ClockDoubt { _ in .min }
    var unjudged = ClockDoubt(believed: nil)
    expect(behind.aheadNanos(at: 50) == 0 && unjudged.aheadNanos(at: 50) == 0)
    expect(far.aheadNanos(at: -1) == .max && far.aheadNanos(at: 5 * Nanos.perSecond) == 0)
  }

  private final class Looks: Sendable {
    private let looks = Mutex(0)
    var count: Int { looks.withLock { $0 } }
    func add() { looks.withLock { $0 += 1 } }
  }
}

/// The row of an event, in a datagram that is nearly full.
@Suite struct EventRowTests {
  @Test func anEventHasItsFourFieldsInOrder() {
    var out = DecodedDatagram()
    out.fields.append(DecodedField(name: .empty, tag: .integer, payload: 1))
    let texts = ["error", "kind", "text", "{}"].map { out.arena.appendString($0) }
    EventRow.append(
      key: .empty, keyForm: .eventSender, severity: texts[0], kind: texts[1], message: texts[2], attributes: texts[3],
      timeNanos: nil, to: &out)
    let row = out.rows[0]
    #expect(row.firstField == 1 && row.fieldCount == 4 && !row.hasTime && row.keyForm.isEvent)
    let none: [UInt8] = []
    var names: [String] = []
    for index in 1..<5 {
      names.append(
        out.text(out.fields[index].name, of: none.span.bytes).withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
      #expect(out.fields[index].tag == .string && TextRange(payload: out.fields[index].payload) == texts[index - 1])
    }
    #expect(names == ["severity", "kind", "message", "attributes"])
    #expect(EventRow.severities.indices.map { EventRow.severities[$0].description }.first == "emergency")
  }
}
