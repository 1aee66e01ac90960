import Primitives
import Registry
import Telemetry

/// RTP and RTCP in one lane.
struct RTPLane: ~Copyable, ProtocolLane {
  var endpoint: RTPEndpoint
  private let settings: [RTPSettings]

  init(_ setup: LaneSetup) {
    settings = setup.listeners.map(\.rtp)
    // All lanes have the same listeners, so the first one's is the same in all of them.
    endpoint = RTPEndpoint(
      seed: setup.seed, keepsTotals: setup.keepsTotals, watch: settings.first?.watch ?? CameraWatch())
  }

  @inline(__always)
  mutating func receive(
    _ datagram: RawSpan, _ arrival: LanePipeline.Arrival, _ admission: borrowing Admission,
    into out: inout DecodedDatagram, _ replies: inout ReplyBuffer
  ) -> DatagramVerdict {
    if RTPPacket.isControl(datagram) { return receiveControl(datagram, arrival, admission, into: &out) }
    if arrival.wireBytes == 0
      && endpoint.follow(datagram, source: arrival.source, destination: arrival.destination, nanos: arrival.nanos)
    {
      return .decoded
    }
    return receiveOther(datagram, arrival, admission)
  }

  /// What goes on with no stream as it was.
  @inline(never)
  private mutating func receiveOther(
    _ datagram: RawSpan, _ arrival: LanePipeline.Arrival, _ admission: borrowing Admission
  ) -> DatagramVerdict {
    endpoint.receive(datagram, arrival, settings: settings[arrival.listener], admission: admission)
  }

  @inline(never)
  mutating func receiveControl(
    _ datagram: RawSpan, _ arrival: LanePipeline.Arrival, _ admission: borrowing Admission,
    into out: inout DecodedDatagram
  ) -> DatagramVerdict {
    endpoint.receiveControl(datagram, arrival, registry: admission.registry, into: &out)
  }

  mutating func admit(by admission: Admission) { endpoint.admit(by: admission.registry) }

  @inline(__always)
  borrowing func isDue(_ nowNanos: UnixNanos) -> Bool { endpoint.isDue(nowNanos) }

  borrowing func dueNanos() -> UnixNanos { endpoint.endOfSecondsNanos }

  mutating func tick(
    _ nowNanos: UnixNanos, _ registry: DeviceRegistry, into out: inout DecodedDatagram
  ) -> DueRows? {
    endpoint.appendDue(at: nowNanos, settings: settings, registry: registry, into: &out)
  }

  borrowing func detail() -> ProtocolDetail? {
    .object(["streams": .list(endpoint.allTotals().map(Self.detail))])
  }

  /// RTCP packets by type.
  borrowing func controlDetail() -> ProtocolDetail? {
    var types: [String: ProtocolDetail] = [:]
    for (type, count) in endpoint.reports.packetTypes { types["\(type)"] = .count(count) }
    return .object(["packet_types": .object(types)])
  }

  private static func detail(_ stream: RTPStreamTotals) -> ProtocolDetail {
    var object: [String: ProtocolDetail] = [
      "ssrc": .text("0x\(Hexadecimal.text(stream.ssrc))"), "source": .text("\(stream.source)"),
      "destination": .text("\(stream.destination)"), "payload_type": .integer(Int(stream.payloadType)),
      "packets": .integer(Int(stream.packets)), "bytes": .integer(Int(stream.bytes)),
      "lost": .integer(Int(stream.lost)), "out_of_order": .integer(Int(stream.outOfOrder)),
      "duplicates": .integer(Int(stream.duplicates)), "frames": .integer(Int(stream.frames)),
      "key_frames": .integer(Int(stream.keyFrames)), "clock_rate": .integer(stream.clockRate),
      "clock_estimated": .flag(stream.isClockEstimated),
    ]
    if !stream.codec.isEmpty { object["codec"] = .text(stream.codec) }
    object["jitter_ms"] = stream.jitterMillis.map { .decimal(rounded($0)) }
    object["jitter_max_ms"] = stream.largestJitterMillis.map { .decimal(rounded($0)) }
    return .object(object)
  }

  /// To the thousandth.
  private static func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }
}
