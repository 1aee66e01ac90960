import Primitives
import Registry
import Sys
import Telemetry
import Testing

@testable import Protocols

/// What every room has to keep to.
@Suite struct RoomTests {
  @Test func codesAndLabelsAreTold() {
    let named = RejectReason.named
    #expect(Set(named.map(\.label)).count == named.count && Set(named.map(\.reason)).count == named.count)
    for reason in named {
      #expect(Int(reason.reason.rawValue) < RejectReason.codeLimit && reason.reason.label == reason.label)
      #expect(reason.label.allSatisfy { $0.isLowercase || $0 == "_" }, "\(reason.label)")
    }
    #expect(Set(TelemetryProtocol.capture.reasons) == Set(named))
    #expect(TelemetryProtocol.syslog.reasons.allSatisfy { !$0.label.hasPrefix("line_") })
  }

  @Test func namesAndPorts() {
    for kind in TelemetryProtocol.allCases { #expect(TelemetryProtocol(name: kind.name) == kind) }
    #expect(TelemetryProtocol(name: "statsd") == nil)
    let ports = TelemetryProtocol.allCases.flatMap(\.traits.knownPorts)
    #expect(Set(ports).count == ports.count)
    #expect(TelemetryProtocol.allCases.filter(\.traits.listensByDefault) == [.line, .coap, .syslog, .snmp])
    #expect(TelemetryProtocol.wsd.traits.multicastGroups.map(\.isIPv6) == [false, true])
  }

  /// The seeds of each room come by in order, and by an interface: each is taken or refused for a reason of its
  /// protocol's, and the account balances.
  @Test(arguments: TelemetryProtocol.spoken)
  func seedsAreTaken(kind: TelemetryProtocol) {
    var listeners = [ListenerSettings(kind), ListenerSettings(.capture)]
    listeners[0].address.port = 20_004
    let batch = Batch(listenerCount: 2)
    var pipeline = LanePipeline(
      listeners: listeners, bounds: TimeBounds(futureNanos: Nanos.perDay, readingsAgeNanos: nil, eventsAgeNanos: nil),
      admission: Admission(registry: .empty, knownOnly: false), seed: 5)
    var nanos = UnixNanos(1_795_186_800) * Nanos.perSecond
    #expect(!kind.room.seeds.isEmpty)
    var decoded: UInt64 = 0
    for (number, seed) in kind.room.seeds.enumerated() {
      pipeline.begin(batch, segment: UInt64(number + 1))
      for listener in 0..<2 {
        var arrival = LanePipeline.Arrival(
          listener: listener, source: SourceAddress(ipv4: 0x0A00_0001, port: 5_000),
          destination: SourceAddress(high: 0, low: 0, port: 20_004), nanos: nanos, monotonicNanos: nanos)
        arrival.isCaptured = listener == 1
        _ = pipeline.take(seed.span.bytes, arrival)
        while pipeline.tick(nanos, monotonicNanos: nanos) {}
        nanos += 10 * Nanos.perMillisecond
        let counts = batch.counts[listener]
        #expect(counts.received == 1 && counts.received == counts.decoded + counts.rejectedTotal)
        let known = Set(listeners[listener].telemetryProtocol.reasons.map { Int($0.reason.rawValue) })
        for code in 0..<RejectReason.codeLimit where !known.contains(code) {
          let count = counts.rejected[code] + counts.rejectedRows[code] + counts.rejectedFields[code]
          #expect(count == 0, "\(kind.name): \(RejectReason(rawValue: UInt8(code)).label) is not among its reasons")
        }
      }
      decoded += batch.counts[0].decoded
    }
    #expect(decoded > 0)
  }
}
