import Primitives
import Registry
import Sys
import Telemetry

/// Tells the time to clients of SNTP, and keeps that they asked: a device that asks for the time is alive.
///
/// A row of `device_clock`, tag `by` = `ntp`, at most once a minute a device:
///
/// | field | unit | holds |
/// |---|---|---|
/// | `offset_ms` | ms | the client's clock less ours; none if it told no time, or nothing keeps ours |
/// | `messages` | – | requests since the row before |
struct NTPLane: ~Copyable, ProtocolLane {
  private let settings: [NTPSettings]
  private var discipline = ClockDiscipline.loose
  private var lookedNanos = Int64.min
  private var looked = UnixNanos.min
  private var octets = Slab<UInt8>(capacity: NTPPacket.byteCount)

  init(_ setup: LaneSetup) {
    settings = setup.listeners.map(\.ntp)
  }

  mutating func receive(
    _ datagram: RawSpan, _ arrival: LanePipeline.Arrival, _ admission: borrowing Admission,
    into out: inout DecodedDatagram, _ replies: inout ReplyBuffer
  ) -> DatagramVerdict {
    var request = NTPPacket.Request(version: 0, poll: 0, precision: 0, transmit: NTPTime(seconds: 0, fraction: 0))
    if let reason = NTPPacket.read(datagram, into: &request) { return .rejected(reason) }
    let own = settings[arrival.listener]
    let known = admission.registry.deviceIndex(address: arrival.source.withoutPort)
    // What was overheard costs nobody an answer.
    let turn = own.clients.take(
      host: arrival.source.host, device: known ?? arrival.source.withoutPort.hashValue,
      monotonicNanos: arrival.monotonicNanos, isLimited: !arrival.isCaptured)
    if turn == .tooOften { return .rejected(.ntpTooOften) }
    look(arrival)
    let isKept = discipline.isSynchronised || own.trustsClock
    if case .told(let requests) = turn {
      append(request, requests, arrival, known, admission.registry, isKept: isKept, to: &out)
    }
    if arrival.isCaptured { return .decoded }
    // It was heard, and is told nothing: a wrong time is worse than none.
    guard isKept else {
      out.refuseRow(.clockNotSynchronised)
      return .decoded
    }
    answer(request, own, arrival, &replies)
    return .decoded
  }

  /// Asks the kernel how its clock is, if it was not asked a moment ago.
  private mutating func look(_ arrival: LanePipeline.Arrival) {
    let (passed, overflow) = arrival.monotonicNanos.subtractingReportingOverflow(lookedNanos)
    if !overflow && passed >= 0 && passed < Limits.clockLookNanos { return }
    lookedNanos = arrival.monotonicNanos
    looked = arrival.nanos
    discipline = ClockDiscipline.current()
  }

  private mutating func answer(
    _ request: NTPPacket.Request, _ own: NTPSettings, _ arrival: LanePipeline.Arrival, _ replies: inout ReplyBuffer
  ) {
    var told = discipline
    if !told.isSynchronised { told.maximumErrorNanos = Limits.trustedClockErrorNanos }
    let server = NTPPacket.Server(discipline: told, stratum: own.stratum, looked: min(looked, arrival.nanos))
    own.tally.countAnswer()
    NTPPacket.answer(
      request, from: server, receive: arrival.nanos, transmit: Clock.realtimeNanos(), into: &octets)
    replies.answer(octets.bytes)
  }

  private func append(
    _ request: NTPPacket.Request, _ requests: Int64, _ arrival: LanePipeline.Arrival, _ known: Int?,
    _ registry: DeviceRegistry, isKept: Bool, to out: inout DecodedDatagram
  ) {
    let device =
      known.map { out.arena.appendString(registry.devices[$0].id) }
      ?? out.arena.appendString(arrival.source.addressText)
    let ahead = isKept ? request.aheadNanos(at: arrival.nanos) : nil
    let row = ClockRow(device: device, by: "ntp", messages: requests)
    if !row.append(.offset, nanos: ahead, timeNanos: nil, to: &out) { out.refuseRow(.nameTooLong) }
  }
}
