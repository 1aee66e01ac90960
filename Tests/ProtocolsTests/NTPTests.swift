import Primitives
import Registry
import Sys
import Telemetry
import Testing

@testable import Protocols

/// The time is told to clients, to nobody else, and never by more than was asked.
@Suite struct NTPTests {
  private static let nanos = UnixNanos(1_795_186_800) * Nanos.perSecond + 250_000_000

  private static func client(
    _ first: UInt8 = 0x23, time: NTPTime = NTPTime(seconds: 0, fraction: 0), precision: UInt8 = 0, poll: UInt8 = 6
  ) -> [UInt8] {
    func octets(_ word: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
    return [first, 0, poll, precision] + [UInt8](repeating: 0, count: 36) + octets(time.seconds)
      + octets(time.fraction)
  }

  private static func word(_ octets: [UInt8], _ at: Int) -> UInt32 {
    octets[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func time(_ octets: [UInt8], _ at: Int) -> NTPTime {
    NTPTime(seconds: word(octets, at), fraction: word(octets, at + 4))
  }

  /// A lane with one listener, on a machine whose clock is at `nanos` and as a kernel says.
  private final class Fixture {
    let machine = SimulatedMachine(startNanos: NTPTests.nanos)
    var settings = ListenerSettings(.ntp)
    var registry = DeviceRegistry.empty
    var knownOnly = false

    struct Taken {
      var verdict: DatagramVerdict
      var answer: [UInt8]
      /// Device and fields of rows.
      var rows: [(device: String, fields: [String: Double])]
      var refused: [UInt8]
    }

    func lane() -> NTPLane {
      NTPLane(
        LaneSetup(
          listeners: [settings],
          bounds: TimeBounds(futureNanos: Nanos.perDay, readingsAgeNanos: nil, eventsAgeNanos: nil), seed: 5,
          keepsTotals: false))
    }

    func take(
      _ lane: inout NTPLane, _ bytes: [UInt8], source: SourceAddress = SourceAddress(ipv4: 0x0A00_0001, port: 123),
      after nanos: Int64 = 0, isCaptured: Bool = false
    ) -> Taken {
      var out = DecodedDatagram()
      var replies = ReplyBuffer()
      replies.begin()
      var arrival = LanePipeline.Arrival(
        listener: 0, source: source, destination: SourceAddress(high: 0, low: 0, port: 123),
        nanos: NTPTests.nanos + nanos, monotonicNanos: 5 + nanos)
      arrival.isCaptured = isCaptured
      let admission = Admission(registry: registry, knownOnly: knownOnly)
      let verdict = machine.run { lane.receive(bytes.span.bytes, arrival, admission, into: &out, &replies) }
      var rows: [(String, [String: Double])] = []
      for index in 0..<out.rows.count {
        let row = out.rows[index]
        let key = SeriesKey(canonicalBytes: out.text(row.key, of: bytes.span.bytes))
        var fields: [String: Double] = [:]
        for place in Int(row.firstField)..<Int(row.firstField) + Int(row.fieldCount) {
          let field = out.fields[place]
          let name = out.text(field.name, of: bytes.span.bytes).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
          fields[name] = DecimalNumber.double(tag: field.tag, payload: field.payload)
        }
        rows.append((key?.device ?? "", fields))
      }
      let refused = (0..<out.refusedRows.count).map { out.refusedRows[$0] }
      return Taken(
        verdict: verdict, answer: replies.octets.bytes.withUnsafeBytes { Array($0) }, rows: rows, refused: refused)
    }
  }

  @Test func aClientIsTold() {
    let fixture = Fixture()
    fixture.machine.advance(nanos: 3 * Nanos.perMillisecond)
    var lane = fixture.lane()
    let sent = NTPTime(seconds: 0x1234_5678, fraction: 0x9ABC_DEF0)
    for version: UInt8 in 1...4 {
      let taken = fixture.take(&lane, Self.client(version << 3 | 3, time: sent, poll: 10))
      let answer = taken.answer
      #expect(taken.verdict == .decoded && answer.count == 48)
      #expect(answer[0] == version << 3 | 4 && answer[1] == 10 && answer[2] == 10 && Int8(bitPattern: answer[3]) == -19)
      // 5 ms and 1 µs, in 1/65,536 s.
      #expect(Self.word(answer, 4) == 0 && Self.word(answer, 8) == 328 && Self.word(answer, 12) == 0x7F00_0001)
      #expect(Self.time(answer, 24) == sent, "the origin is what the client sent")
      #expect(Self.time(answer, 32) == NTPTime(nanos: Self.nanos))
      #expect(Self.time(answer, 40).nanosAhead(of: Self.nanos) >= 2_900_000, "stamped when it is sent")
      #expect(Self.time(answer, 16).nanosAhead(of: Self.nanos) == 0)
    }
    #expect(fixture.settings.ntp.tally.answers == 4)
  }

  /// What follows the header is answered by the header alone.
  @Test func anAnswerIsNeverLarger() {
    let fixture = Fixture()
    var lane = fixture.lane()
    for extra in [0, 1, 20, 24, 1_024, 65_459] {
      let taken = fixture.take(&lane, Self.client() + [UInt8](repeating: 9, count: extra))
      #expect(taken.verdict == .decoded && taken.answer.count == 48, "\(extra)")
    }
    for count in 0..<48 {
      let taken = fixture.take(&lane, Array(Self.client().prefix(count)))
      #expect(taken.verdict == .rejected(.ntpTooShort) && taken.answer.isEmpty, "\(count)")
    }
  }

  @Test func whatIsNoClientIsRefusedByName() {
    let fixture = Fixture()
    var lane = fixture.lane()
    for (mode, reason) in [
      (0, .ntpNotARequest), (1, .ntpNotARequest), (2, .ntpNotARequest), (4, .ntpNotARequest), (5, .ntpNotARequest),
      (6, .ntpControl), (7, .ntpPrivate),
    ] as [(UInt8, RejectReason)] {
      for count in [1, 8, 12, 48, 200] {
        let bytes = Array((Self.client(0x20 | mode) + [UInt8](repeating: 0, count: 200)).prefix(count))
        let taken = fixture.take(&lane, bytes)
        #expect(taken.verdict == .rejected(reason) && taken.answer.isEmpty && taken.rows.isEmpty, "\(mode) \(count)")
      }
    }
    for version: UInt8 in [0, 5, 6, 7] {
      #expect(fixture.take(&lane, Self.client(version << 3 | 3)).verdict == .rejected(.ntpBadVersion))
    }
  }

  /// A clock that nothing keeps is told to nobody, unless it is said to be trusted; the device is heard all the same.
  @Test func aLooseClockIsNotTold() {
    let fixture = Fixture()
    fixture.machine.setDiscipline(.loose)
    var lane = fixture.lane()
    let time = NTPTime(nanos: Self.nanos + Nanos.perSecond)
    let taken = fixture.take(&lane, Self.client(time: time))
    #expect(taken.verdict == .decoded && taken.answer.isEmpty)
    #expect(taken.refused == [RejectReason.clockNotSynchronised.rawValue])
    #expect(taken.rows.count == 1 && taken.rows.first?.fields == ["messages": 1], "its offset is from nothing")
    // Soon after the kernel says otherwise, it is told.
    fixture.machine.setDiscipline(.kept)
    #expect(fixture.take(&lane, Self.client(), after: Nanos.perSecond / 2).answer.isEmpty)
    #expect(fixture.take(&lane, Self.client(), after: Nanos.perSecond).answer.count == 48)
    fixture.machine.setDiscipline(.loose)
    fixture.settings.ntp.trustsClock = true
    fixture.settings.ntp.stratum = 3
    var trusting = fixture.lane()
    let answer = fixture.take(&trusting, Self.client()).answer
    #expect(answer.count == 48 && answer[1] == 3 && Self.word(answer, 8) == 32_769, "half a second, and a bit")
  }

  @Test func leapSecondsAreAnnounced() {
    let fixture = Fixture()
    for (leap, octet) in [(1, 0x64), (-1, 0xA4), (0, 0x24)] as [(Int, UInt8)] {
      fixture.machine.setDiscipline(
        ClockDiscipline(isSynchronised: true, maximumErrorNanos: .max, leapSeconds: leap))
      var lane = fixture.lane()
      let answer = fixture.take(&lane, Self.client()).answer
      #expect(answer.first == octet && Self.word(answer, 8) == .max, "no error is too large to be said")
    }
  }

  /// A device has a row a minute, with what its clock is if it told that.
  @Test func askingIsASignOfLife() {
    let fixture = Fixture()
    fixture.registry = DeviceRegistry(devices: [
      Device(
        id: "cam-7", deviceClass: "camera", area: "", addresses: [SourceAddress(ipv4: 0x0A00_0009, port: 0)])
    ])
    var lane = fixture.lane()
    let known = SourceAddress(ipv4: 0x0A00_0009, port: 40_000)
    let ahead = NTPTime(nanos: Self.nanos + 1_500 * Nanos.perMillisecond)
    let first = fixture.take(&lane, Self.client(time: ahead), source: known)
    #expect(first.rows.first?.device == "cam-7" && first.rows.first?.fields == ["offset_ms": 1_500, "messages": 1])
    for second: Int64 in [1, 20, 59] {
      let quiet = fixture.take(&lane, Self.client(), source: known, after: second * Nanos.perSecond)
      #expect(quiet.verdict == .decoded && quiet.rows.isEmpty && quiet.answer.count == 48)
    }
    let next = fixture.take(&lane, Self.client(), source: known, after: 60 * Nanos.perSecond)
    #expect(next.rows.first?.fields == ["messages": 4], "zero is no time")
    let stranger = fixture.take(&lane, Self.client(), source: SourceAddress(ipv4: 0x0A00_0002, port: 5))
    #expect(stranger.rows.first?.device == "10.0.0.2")
    let overheard = fixture.take(&lane, Self.client(), source: SourceAddress(ipv4: 3, port: 5), isCaptured: true)
    #expect(overheard.rows.count == 1 && overheard.answer.isEmpty && overheard.refused.isEmpty)
  }

  @Test func aRandomNumberIsNoTime() {
    func ahead(_ time: NTPTime, precision: Int8 = 0) -> Int64? {
      NTPPacket.Request(version: 4, poll: 6, precision: precision, transmit: time).aheadNanos(at: Self.nanos)
    }
    #expect(ahead(NTPTime(nanos: Self.nanos - Nanos.perDay)) == -Nanos.perDay)
    #expect(ahead(NTPTime(nanos: Self.nanos - Nanos.perDay - Nanos.perSecond)) == nil)
    #expect(ahead(NTPTime(nanos: Self.nanos), precision: 32) == nil, "chrony says so")
    #expect(ahead(NTPTime(seconds: 0, fraction: 0)) == nil)
    var random = SystemRandomNumberGenerator()
    let taken = (0..<1_000).filter { _ in
      ahead(NTPTime(seconds: random.next(), fraction: random.next())) != nil
    }
    #expect(taken.count < 10)
  }

  /// One host is answered so often, whatever its port; another is not kept waiting by it.
  @Test func aHostAsksSoOften() {
    let fixture = Fixture()
    var lane = fixture.lane()
    func answers(_ count: Int, from: (Int) -> SourceAddress, after: Int64) -> Int {
      (0..<count).filter { fixture.take(&lane, Self.client(), source: from($0), after: after).answer.count == 48 }.count
    }
    let one = { (port: Int) in SourceAddress(ipv4: 0x0A00_0001, port: UInt16(port)) }
    #expect(answers(200, from: one, after: 0) == Int(Limits.timeRequestsAtOnce))
    #expect(answers(5, from: { _ in SourceAddress(ipv4: 0x0A00_0002, port: 1) }, after: 0) == 5)
    #expect(answers(200, from: one, after: Nanos.perSecond) == Int(Limits.timeRequestsPerSecond))
    // A network of IPv6 is one host.
    let many = { (low: Int) in SourceAddress(high: 0xFD00_0000_0000_0001, low: UInt64(low), port: 1) }
    #expect(answers(200, from: many, after: 0) == Int(Limits.timeRequestsAtOnce))
    #expect(
      fixture.take(&lane, Self.client(), source: one(1), after: Nanos.perSecond).verdict == .rejected(.ntpTooOften))
  }

  @Test func dispersionsAndPrecisions() {
    #expect(NTPPacket.precision(1_000) == -19 && NTPPacket.precision(1) == -29 && NTPPacket.precision(.max) == 4)
    #expect(NTPPacket.dispersion(.loose) == 16 * 65_536 + 1)
    let clients = NTPClients()
    let host = SourceAddress(ipv4: 1, port: 0)
    #expect(clients.take(host: host, device: 7, monotonicNanos: 0) == .told(requests: 1))
    #expect(clients.take(host: host, device: 7, monotonicNanos: 1) == .quiet)
    #expect(NTPSettings().stratum == 10 && NTPTally().answers == 0)
  }
}
