import Primitives
import Registry
import Telemetry

/// Syslog in one lane: of messages nothing is remembered but what their times say of their senders' clocks.
struct SyslogLane: ~Copyable, ProtocolLane {
  private let settings: [SyslogSettings]
  private let bounds: TimeBounds
  private let decoder = SyslogDecoder()
  private let hash: KeyHash
  private var watch: ClockWatch
  private let watches: Bool

  init(_ setup: LaneSetup) {
    settings = setup.listeners.map(\.syslog)
    bounds = setup.bounds
    hash = KeyHash(seed: setup.seed)
    // What a capture of another day says is no word on how clocks are.
    watches = !setup.keepsTotals
    watch = ClockWatch(setup.keepsTotals ? [] : settings.map { $0.clocks })
  }

  mutating func receive(
    _ datagram: RawSpan, _ arrival: LanePipeline.Arrival, _ admission: borrowing Admission,
    into out: inout DecodedDatagram, _ replies: inout ReplyBuffer
  ) -> DatagramVerdict {
    let clock = bounds.clock(at: arrival.nanos, isEvent: true)
    var stamp: SyslogInstant?
    let verdict: DatagramVerdict
    if !settings[arrival.listener].sourceZones.isEmpty,
      let zone = settings[arrival.listener].sourceZones[arrival.source.withoutPort]
    {
      verdict = decoder.decode(
        datagram, arrivalNanos: arrival.nanos, zone: zone, clock: clock, stamp: &stamp, into: &out)
    } else {
      verdict = decoder.decode(
        datagram, arrivalNanos: arrival.nanos, zone: settings[arrival.listener].zone, clock: clock, stamp: &stamp,
        into: &out)
    }
    if let stamp, watches { note(stamp, datagram, arrival, admission, out) }
    return verdict
  }

  /// Hands over what the message's time says of the clock of the device whose event it is.
  @inline(__always)
  private mutating func note(
    _ stamp: SyslogInstant, _ datagram: RawSpan, _ arrival: LanePipeline.Arrival, _ admission: borrowing Admission,
    _ out: borrowing DecodedDatagram
  ) {
    if out.rows.count != 1 { return }
    let host = out.text(out.rows[0].key, of: datagram)
    let folded = (arrival.source.low ^ arrival.source.high).multipliedFullWidth(by: hash.seed | 1)
    if watch.wants(hash.hash(host) ^ folded.high ^ folded.low, at: arrival.nanos) {
      handOver(
        stamp, host, isDoubtful: out.rows[0].keyForm == .doubtfulSender, arrival, admission)
    }
  }

  @inline(never)
  private mutating func handOver(
    _ stamp: SyslogInstant, _ host: RawSpan, isDoubtful: Bool, _ arrival: LanePipeline.Arrival,
    _ admission: borrowing Admission
  ) {
    // What lies beyond the years that can be said is no clock.
    let nanos = stamp.nanos
    let (ahead, overflow) = nanos.subtractingReportingOverflow(arrival.nanos)
    if overflow || nanos == .min || nanos == .max { return }
    let registry = admission.registry
    let sender = RowEncoder.findSender(
      of: host, isDoubtful: isDoubtful, from: arrival.source.withoutPort, in: registry)
    if admission.knownOnly {
      guard case .device = sender else { return }
    }
    let device = RowEncoder.deviceName(sender, host: host, from: arrival.source, in: registry)
    if device.utf8.count > Limits.nameBytes { return }
    watch.clocks(of: arrival.listener)?.note(
      device, aheadNanos: ahead, source: arrival.source, at: arrival.nanos)
  }

  @inline(__always)
  borrowing func isDue(_ nowNanos: UnixNanos) -> Bool { watch.isDue(nowNanos) }

  mutating func tick(
    _ nowNanos: UnixNanos, _ registry: DeviceRegistry, into out: inout DecodedDatagram
  ) -> DueRows? {
    watch.tick(nowNanos, by: "syslog", .offset, into: &out)
  }
}
