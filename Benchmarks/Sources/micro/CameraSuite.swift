import Fleet
import Primitives
import Protocols
import Protocols
import Telemetry

/// What cameras and sites send, through a lane's pipeline.
enum CameraSuite {
  static func run(_ harness: inout Harness) {
    streams(&harness)
    notifications(&harness)
    datagrams(&harness, "take, RTCP sender report", .rtcp, SampleMessages.senderReport(), promise: .noAllocation)
    // Said again within seconds it would be a repetition.
    datagrams(
      &harness, "take, WS-Discovery Hello", .wsd, SampleMessages.discoveryHello(),
      apartNanos: Int64(Limits.discoveryMessageSeconds + 1) * Nanos.perSecond, promise: .noAllocation)
  }

  /// 1,000 streams of 400 packets a second each, rows by the second included.
  private static func streams(_ harness: inout Harness) {
    let rounds = harness.isSmoke ? 40 : 400
    var pass = LanePass(.rtp)
    var traffic = StreamTraffic(streams: 1_000)
    harness.measure("take, RTP of 1,000 streams, 1,260 B", per: "packet", promise: .nothing) { watch in
      watch.start()
      for _ in 0..<rounds { traffic.round(into: &pass) }
      watch.stop()
      pass.beginAgain()
      return traffic.streams * rounds
    }
  }

  private static func notifications(_ harness: inout Harness) {
    datagrams(
      &harness, "take, SNMP v2c trap of 6 varbinds", .snmp, SampleMessages.linkDown(), promise: .noAllocation)
    datagrams(&harness, "take, SNMP v1 trap", .snmp, SampleMessages.legacyTrap(), promise: .noAllocation)
  }

  private static func datagrams(
    _ harness: inout Harness, _ name: String, _ kind: TelemetryProtocol, _ bytes: [UInt8], apartNanos: Int64 = 1_000,
    promise: Harness.Promise
  ) {
    var pass = LanePass(kind)
    var arrivalNanos = SampleMessages.base * Nanos.perSecond
    let rounds = harness.isSmoke ? 1_000 : 20_000
    harness.measure(name, per: "datagram", promise: promise) { watch in
      let before = pass.taken
      watch.start()
      for _ in 0..<rounds {
        pass.take(bytes.span.bytes, arrivalNanos: arrivalNanos)
        arrivalNanos += apartNanos
      }
      watch.stop()
      pass.beginAgain()
      precondition(Int(pass.taken - before) == rounds, "BUG: \(name): datagrams that were not taken")
      return rounds
    }
  }
}
