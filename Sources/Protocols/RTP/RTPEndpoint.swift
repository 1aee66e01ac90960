import Primitives
import Registry
import Telemetry

/// Follows the RTP streams of one lane and judges them by the second.
///
/// Packets are counted where they come in; rows and events are written by `appendDue`, which the lane calls at the end
/// of each second. State of one thread.
struct RTPEndpoint: ~Copyable {
  var table: StreamTable
  private var candidates = StreamCandidates()
  private let seed: UInt64
  /// For a replay: what streams came to that are followed no more.
  private(set) var totals: [RTPStreamTotals] = []
  let keepsTotals: Bool
  /// How the cameras are, whichever lane and listener hears them.
  let watch: CameraWatch
  /// Sender reports lately seen, for round trips, and names from source descriptions.
  var reports = RTCPState()
  var flush = StreamFlush()

  init(seed: UInt64, keepsTotals: Bool, watch: CameraWatch) {
    self.seed = seed
    self.watch = watch
    table = StreamTable(seed: seed)
    self.keepsTotals = keepsTotals
  }

  typealias Arrival = LanePipeline.Arrival

  /// Takes one datagram of an RTP listener, or one that may be RTP, if it goes on with a stream that is followed, as it
  /// was. Needs to know nothing but the stream: what settings hold would cost with every packet.
  @inline(__always)
  mutating func follow(
    _ datagram: RawSpan, source: SourceAddress, destination: SourceAddress, nanos: UnixNanos
  ) -> Bool {
    var packet = RTPPacket()
    if packet.read(datagram) != nil { return false }
    let key = StreamKey(ssrc: packet.ssrc, source: source, destination: destination)
    let slot = table.find(key, hash: key.hash(seed: seed))
    if slot < 0 || table.payloadType(slot) != packet.payloadType { return false }
    table.update(slot) { $0.take(packet, datagram, bytes: datagram.byteCount, arrival: nanos) }
    return true
  }

  /// Takes one that `follow` did not.
  @inline(never)
  mutating func receive(
    _ datagram: RawSpan, _ arrival: Arrival, settings: borrowing RTPSettings, admission: borrowing Admission
  ) -> DatagramVerdict {
    var packet = RTPPacket()
    let reason =
      arrival.wireBytes == 0 ? packet.read(datagram) : packet.read(headOf: datagram, wireBytes: arrival.wireBytes)
    if let reason { return .rejected(reason) }
    let bytes = max(datagram.byteCount, arrival.wireBytes)
    let key = StreamKey(ssrc: packet.ssrc, source: arrival.source, destination: arrival.destination)
    let hash = key.hash(seed: seed)
    let slot = table.find(key, hash: hash)
    if slot >= 0 {
      if table.payloadType(slot) != packet.payloadType { changeType(slot, packet, arrival.nanos, settings) }
      table.update(slot) { $0.take(packet, datagram, bytes: bytes, arrival: arrival.nanos) }
      return .decoded
    }
    return begin(packet, datagram, key, hash, arrival, settings, admission)
  }

  @inline(never)
  private mutating func changeType(
    _ slot: Int, _ packet: RTPPacket, _ arrival: UnixNanos, _ settings: borrowing RTPSettings
  ) {
    let format = settings.formats[packet.payloadType]
    table.update(slot) { $0.changeType(packet, arrival, format: format) }
  }

  /// A packet of no stream that is followed.
  @inline(never)
  private mutating func begin(
    _ packet: RTPPacket, _ datagram: RawSpan, _ key: StreamKey, _ hash: UInt64, _ arrival: Arrival,
    _ settings: borrowing RTPSettings, _ admission: borrowing Admission
  ) -> DatagramVerdict {
    let device = device(key, admission.registry)
    if device < 0 && admission.knownOnly { return .rejected(.unknownDevice) }
    guard
      let first = candidates.confirm(
        packet, hash: hash, source: arrival.source, seed: seed, arrival: arrival.nanos,
        bytes: max(datagram.byteCount, arrival.wireBytes), hints: CodecVote.hints(datagram, packet.payload))
    else { return arrival.isGuessed ? .rejected(.rtpUnconfirmed) : .decoded }
    if table.isFull { settings.tally.evict(makeRoom()) }
    var stream = RTPStream(
      key, hash: hash, listener: UInt8(truncatingIfNeeded: arrival.listener), packet: first.packet,
      arrival: first.arrival, format: settings.formats[first.packet.payloadType])
    stream.device = Int32(device)
    stream.takeFirst(bytes: first.bytes, doubles: first.doubles, hints: first.hints)
    if packet.payloadType != stream.payloadType {
      stream.changeType(packet, arrival.nanos, format: settings.formats[packet.payloadType])
    }
    stream.take(packet, datagram, bytes: max(datagram.byteCount, arrival.wireBytes), arrival: arrival.nanos)
    // After a time without streams, seconds are counted from this one on.
    if table.count == 0 {
      flush.second = flooredDivision(first.arrival, by: Nanos.perSecond)
      flush.slot = 0
    }
    _ = table.insert(stream)
    return .decoded
  }

  /// Forgets streams of which nothing came for long.
  mutating func forgetSilent(before limit: UnixNanos) {
    var left: [RTPStream] = []
    table.remove(before: limit) { left.append($0) }
    for stream in left { keepTotals(of: stream) }
  }

  /// Lets those go that were silent the longest; returns how many.
  private mutating func makeRoom() -> UInt64 {
    var count: UInt64 = 0
    var left: [RTPStream] = []
    let least = table.leastRecent()
    table.remove(before: least.limit, of: least.source) { stream in
      count &+= 1
      left.append(stream)
    }
    for stream in left { keepTotals(of: stream) }
    return count
  }

  private mutating func keepTotals(of stream: RTPStream) {
    guard keepsTotals, totals.count < Limits.rtpTotals else { return }
    var stream = stream
    stream.roll(to: stream.current.second &+ 1)
    totals.append(RTPStreamTotals(stream))
  }

  /// The totals of all streams, those that are still followed too.
  borrowing func allTotals() -> [RTPStreamTotals] {
    var all = totals
    for slot in 0..<table.count {
      var stream = table.streams[slot]
      stream.roll(to: stream.current.second &+ 1)
      all.append(RTPStreamTotals(stream))
    }
    return all
  }

  // MARK: whose stream it is

  /// The registry's device: by the canonical name that the source sent, by its number, by the port of ours that it sends
  /// to, then by its address; -1 if none of them is known.
  borrowing func device(_ key: StreamKey, _ registry: DeviceRegistry) -> Int {
    if registry.hasAliases {
      if let name = reports.canonicalName(of: key.ssrc, from: key.source),
        let known = registry.deviceIndex(alias: DeviceAlias(.cname, name)) ?? registry.deviceIndex(id: name)
      {
        return known
      }
      if let known = registry.deviceIndex(alias: DeviceAlias(.ssrc, Hexadecimal.text(key.ssrc)))
        ?? registry.deviceIndex(alias: DeviceAlias(.port, "\(key.destination.port)"))
      {
        return known
      }
    }
    return registry.deviceIndex(address: key.source.withoutPort) ?? -1
  }

  /// The id of a stream's device: the registry's, else its number, as the registry could be told it.
  static func name(of stream: RTPStream, _ registry: DeviceRegistry) -> String {
    let index = Int(stream.device)
    if index >= 0 && index < registry.devices.count { return registry.devices[index].id }
    return "ssrc:\(Hexadecimal.text(stream.key.ssrc))"
  }

  /// Whose streams are judged together: those of a device, else those of an address.
  static func subject(of stream: RTPStream, _ registry: DeviceRegistry) -> CameraWatch.Subject {
    let index = Int(stream.device)
    if index >= 0 && index < registry.devices.count { return .device(registry.devices[index].id) }
    return .address(stream.key.source.withoutPort)
  }

  /// The registry has changed: every stream asks it anew.
  mutating func admit(by registry: DeviceRegistry) {
    for slot in 0..<table.count {
      let device = device(table.streams[slot].key, registry)
      table.update(slot) { $0.device = Int32(device) }
    }
  }
}
