import Primitives
import Registry
import Telemetry

/// All protocols of one lane. What comes with every datagram is told apart by a switch over a closed set; who has
/// nothing to do with the rest is not asked.
struct ProtocolLanes: ~Copyable {
  var line: LineLane
  var coap: CoAPLane
  var syslog: SyslogLane
  var snmp: SNMPLane
  var rtp: RTPLane
  var wsd: WSDiscoveryLane
  var ntp: NTPLane

  init(_ setup: LaneSetup) {
    line = LineLane(setup)
    coap = CoAPLane(setup)
    syslog = SyslogLane(setup)
    snmp = SNMPLane(setup)
    rtp = RTPLane(setup)
    wsd = WSDiscoveryLane(setup)
    ntp = NTPLane(setup)
  }

  @inline(__always)
  mutating func receive(
    _ datagram: RawSpan, as kind: TelemetryProtocol, _ arrival: LanePipeline.Arrival, _ admission: borrowing Admission,
    into out: inout DecodedDatagram, _ replies: inout ReplyBuffer
  ) -> DatagramVerdict {
    switch kind {
    case .line: line.receive(datagram, arrival, admission, into: &out, &replies)
    case .coap: coap.receive(datagram, arrival, admission, into: &out, &replies)
    case .syslog: syslog.receive(datagram, arrival, admission, into: &out, &replies)
    case .snmp: snmp.receive(datagram, arrival, admission, into: &out, &replies)
    case .rtp: rtp.receive(datagram, arrival, admission, into: &out, &replies)
    case .rtcp: rtp.receiveControl(datagram, arrival, admission, into: &out)
    case .wsd: wsd.receive(datagram, arrival, admission, into: &out, &replies)
    case .ntp: ntp.receive(datagram, arrival, admission, into: &out, &replies)
    case .capture: .rejected(.unknownProtocol)
    }
  }

  // MARK: those that have state

  mutating func settle(_ owed: OwedReply, _ fate: RowFate, _ replies: inout ReplyBuffer) {
    switch owed.kind {
    case .coap: coap.settle(owed, fate, &replies)
    case .snmp: snmp.settle(owed, fate, &replies)
    default: break
    }
  }

  mutating func noteCommit(_ sequence: UInt64, isCommitted: Bool) {
    snmp.noteCommit(sequence, isCommitted: isCommitted)
  }

  mutating func noteTruncated(_ datagram: RawSpan, as kind: TelemetryProtocol) {
    if kind == .snmp { snmp.noteTruncated(datagram) }
  }

  /// Whether a datagram whose end a capture cut holds all that is looked at.
  static func isHeadEnough(_ datagram: RawSpan, as kind: TelemetryProtocol) -> Bool {
    kind == .rtp && RTPRoom.isHeadEnough(datagram)
  }

  mutating func admit(by admission: Admission) {
    rtp.admit(by: admission)
  }

  @inline(__always)
  borrowing func isDue(_ nowNanos: UnixNanos) -> Bool {
    rtp.isDue(nowNanos) || syslog.isDue(nowNanos) || snmp.isDue(nowNanos)
  }

  borrowing func dueNanos() -> UnixNanos { rtp.dueNanos() }

  mutating func tick(
    _ nowNanos: UnixNanos, _ registry: DeviceRegistry, into out: inout DecodedDatagram
  ) -> (rows: DueRows, kind: TelemetryProtocol)? {
    if let rows = rtp.tick(nowNanos, registry, into: &out) { return (rows, .rtp) }
    if let rows = syslog.tick(nowNanos, registry, into: &out) { return (rows, .syslog) }
    return snmp.tick(nowNanos, registry, into: &out).map { ($0, .snmp) }
  }

  mutating func tellCounts() {
    coap.tellCounts()
    snmp.tellCounts()
  }

  borrowing func details() -> [TelemetryProtocol: ProtocolDetail] {
    var details: [TelemetryProtocol: ProtocolDetail] = [:]
    details[.snmp] = snmp.detail()
    details[.rtp] = rtp.detail()
    details[.rtcp] = rtp.controlDetail()
    details[.wsd] = wsd.detail()
    return details
  }
}
