import Primitives
import Sys
import Telemetry
import Testing

@testable import Capture
@testable import Protocols

/// What listeners have of their protocols before anything is said of them.
@Suite struct ListenerSettingsTests {
  /// Values are each listener's own; what is counted is shared by its copies, and by nobody else.
  @Test func valuesAreOwnAndTalliesAreShared() {
    let first = ListenerSettings(.line)
    var copy = first
    let other = ListenerSettings(.line)
    var line: LineSettings = copy.line
    line.precision = .hours
    line.deviceTag = "dev"
    copy.line = line
    var syslog: SyslogSettings = copy.syslog
    syslog.zone = .fixed(offsetSeconds: 60)
    copy.syslog = syslog
    #expect(first.line.precision == .nanoseconds && first.line.deviceTag == nil && first.syslog.zone == .utc)
    #expect(copy.line.precision == .hours && copy.syslog.zone != .utc)
    copy.coap.tally.add(exchanges: 2, bodies: 1)
    #expect(first.coap.tally.exchangesForgotten == 2 && other.coap.tally.exchangesForgotten == 0)
  }

  /// A listener to an interface is where that is, whatever its address; one to ports has an address for each.
  @Test func placesAndAddresses() {
    var listener = ListenerSettings(.rtp)
    listener.address.port = 20_000
    #expect(listener.addresses.map(\.port) == [20_000])
    listener.ports = 20_000...20_002
    #expect(listener.addresses.map(\.port) == [20_000, 20_001, 20_002] && listener.place.hasSuffix("-20002"))
    listener.ports = 65_535...65_535
    #expect(listener.addresses.map(\.port) == [65_535])
    var capture: CaptureSettings = listener.capture
    capture.source = CaptureSource(interface: "eth1")
    listener.capture = capture
    #expect(listener.place == "eth1")
    #expect(CaptureSource(interface: "eth1") == capture.source && CaptureSource(interface: "eth2") != capture.source)
  }

  /// What was told last is what is shown, each reason with its count, of interfaces alone.
  @Test func skippedFramesAreToldByReason() {
    let tally = CaptureTally()
    #expect(tally.skipped.isEmpty, "nothing was told yet")
    var listeners = [ListenerSettings(name: "a", .capture), ListenerSettings(name: "b", .line)]
    listeners[0].capture.source = CaptureSource(interface: "eth1")
    var counts = CaptureCounts()
    for (times, reason) in CaptureSkip.allCases.enumerated() { for _ in 0..<times { counts.count(reason) } }
    for _ in 0..<2 { listeners[0].capture.tally.tell(counts) }
    let figures: [ProtocolFigure] = CaptureRoom.figures(of: listeners)
    let samples = figures.flatMap(\.samples)
    #expect(samples.map(\.count) == (0..<UInt64(CaptureSkip.allCases.count)).map { $0 }, "told anew, not added")
    #expect(
      samples.allSatisfy { $0.labels[0].1 == "a" }
        && samples.map { $0.labels[1].1 } == CaptureSkip.allCases.map(\.label))
  }

  /// A ping is answered at once and has no rows; what is no CoAP is refused without an answer.
  @Test func aPingIsAnsweredAndNoiseIsNot() {
    var endpoint = CoAPEndpoint(exchanges: 4, bodies: 1, bodyBytes: 64, key: (1, 2))
    var out = DecodedDatagram()
    func receive(_ bytes: [UInt8]) -> CoAPOutcome {
      out.reset()
      return endpoint.receive(
        bytes.span.bytes, source: SourceAddress(ipv4: 1, port: 2), arrivalNanos: 5, monotonicNanos: 5, into: &out)
    }
    let ping = receive([0x40, 0, 0x12, 0x34])
    #expect(ping == CoAPOutcome(.decoded, .now(0..<4)))
    let noise = receive([0x40, 0])
    #expect(noise.verdict != .decoded && noise.reply == .none && noise == CoAPOutcome(noise.verdict))
  }
}
