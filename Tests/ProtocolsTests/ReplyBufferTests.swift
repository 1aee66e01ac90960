import Primitives
import Telemetry
import Testing

@testable import Protocols

@Suite struct ReplyBufferTests {
  private static func arrival() -> LanePipeline.Arrival {
    LanePipeline.Arrival(
      listener: 0, source: SourceAddress(ipv4: 1, port: 2), destination: SourceAddress(ipv4: 3, port: 4), nanos: 5,
      monotonicNanos: 6)
  }

  private static func range(_ buffer: borrowing ReplyBuffer) -> Range<Int>? {
    if case .now(let range) = buffer.current { return range }
    return nil
  }

  @Test func whatWasOwedIsGoneWithTheNextDatagram() {
    var buffer = ReplyBuffer()
    let bytes: [UInt8] = [1, 2, 3]
    buffer.begin()
    let none = Self.range(buffer)
    buffer.answer(bytes.span.bytes)
    let first = Self.range(buffer)
    buffer.begin()
    let second = Self.range(buffer)
    let count = buffer.octets.count
    #expect(none == nil && first == 0..<3 && second == nil && count == 0)
  }

  @Test func anAnswerAfterTheCommitNamesWhomItIsFor() {
    var buffer = ReplyBuffer()
    buffer.begin()
    var owed = OwedReply(.snmp, of: Self.arrival())
    owed.octets = [9]
    buffer.owe(owed)
    let isWaiting = if case .afterCommit = buffer.current { true } else { false }
    let destination = buffer.owed?.destination
    buffer.begin()
    let isGone = buffer.owed == nil
    let isNone = if case .none = buffer.current { true } else { false }
    #expect(isWaiting && destination == SourceAddress(ipv4: 1, port: 2) && isGone && isNone)
  }

  /// An answer that does not fit is none: never a cut one, and never that of the datagram before.
  @Test func anAnswerFitsWholeOrIsNone() {
    var buffer = ReplyBuffer()
    let largest = [UInt8](repeating: 7, count: Limits.replyBytes)
    let larger = [UInt8](repeating: 7, count: Limits.replyBytes + 1)
    buffer.begin()
    buffer.answer(largest.span.bytes)
    let whole = Self.range(buffer)
    buffer.begin()
    buffer.answer(larger.span.bytes)
    let none = Self.range(buffer)
    let count = buffer.octets.count
    #expect(whole == 0..<Limits.replyBytes && none == nil && count == 0)
  }
}

/// Keys as rooms leave them, and the protocols of a set.
@Suite struct RowKeyTests {
  private static func parse(_ key: [UInt8], _ form: KeyForm, tag: String? = nil) -> ParsedKey {
    RowKey.parse(key.span.bytes, form: form, deviceTag: tag)
  }

  @Test func aLinesKeyIsParsedAsOneWhateverTheTagIs() throws {
    let line = Array("weather,host=h,site=s".utf8)
    guard case .series(let byHost) = Self.parse(line, .lineProtocol),
      case .series(let bySite) = Self.parse(line, .lineProtocol, tag: "site")
    else {
      Issue.record("a sound key was refused")
      return
    }
    #expect(byHost.measurement == "weather" && byHost.device == "h" && bySite.device == "s")
    #expect(Self.parse(Array(",a=b".utf8), .lineProtocol) != .series(byHost))
  }

  /// Canonical octets come from ourselves; cut or damaged ones are refused, not believed.
  @Test func canonicalOctetsComeBackWholeOrAreRefused() throws {
    var arena = Slab<UInt8>(capacity: 200)
    let (measurement, device) = (Array("weather".utf8), Array("d7".utf8))
    let isWritten = arena.appendCanonicalKey(
      kind: .readings, measurement: measurement.span.bytes, device: device.span.bytes)
    let octets = arena.bytes.withUnsafeBytes { Array($0) }
    #expect(isWritten)
    guard case .series(let key) = Self.parse(octets, .canonical) else {
      Issue.record("a sound key was refused")
      return
    }
    #expect(key.measurement == "weather" && key.device == "d7")
    for length in 0..<octets.count {
      #expect(Self.parse(Array(octets[..<length]), .canonical) == .refused(.nameTooLong), "cut to \(length)")
    }
  }

  @Test func aSetHoldsThoseThatItsRuleTakes() {
    let answering = ProtocolSet { $0.answersSenders }
    let all = ProtocolSet { _ in true }
    let none = ProtocolSet { _ in false }
    for kind in TelemetryProtocol.allCases {
      #expect(answering.contains(kind) == [.coap, .snmp, .ntp].contains(kind), "\(kind)")
      #expect(all.contains(kind) && !none.contains(kind))
    }
  }

  @Test func knownPortsBeginWithTheOwnOne() {
    var traits = ProtocolTraits(page: "page")
    #expect(traits.knownPorts.isEmpty)
    traits.wellKnownPorts = [7, 8]
    #expect(traits.knownPorts == [7, 8])
    traits.defaultPort = 9
    #expect(traits.knownPorts == [9, 7, 8])
  }
}
