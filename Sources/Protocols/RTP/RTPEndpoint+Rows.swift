import Primitives
import Registry
import Telemetry

/// Rows and events of streams, second by second.
///
/// Measurement `camera_stream`, tags `ssrc` and `destination`; the time is the second's beginning:
///
/// | field | unit | holds |
/// |---|---|---|
/// | `packets` `bytes` | – B | what came; octets of UDP payload |
/// | `lost` | – | missing numbers, less those that came late after all: sums are right over any span |
/// | `out_of_order` `duplicates` | – | packets |
/// | `jitter` | ms | RFC 3550's interarrival jitter at the end of the second; none while the clock is not known |
/// | `frame_rate` `key_frames` | – | pictures, or blocks of sound, that began |
/// | `packet_age` `frame_age` | s | since the last packet and the last picture, at the end of the second |
/// | `payload_type` `clock_rate` `clock_estimated` `codec` `source` | – Hz – – – | what the stream is |
extension RTPEndpoint {
  /// Whether rows are due at `now`.
  @inline(__always)
  borrowing func isDue(_ now: UnixNanos) -> Bool {
    table.count > 0
      && (flush.second == .min || now >= (flush.second &+ 1) &* Nanos.perSecond || isBack(now))
  }

  /// Whether the clock went back, by more than packets that come by several ways are out of order: it was put right, or
  /// another capture begins.
  @inline(__always)
  private borrowing func isBack(_ now: UnixNanos) -> Bool {
    flush.second != .min && now < flush.second &* Nanos.perSecond &- StreamFlush.disorderNanos
  }

  /// When the newest second is over that any stream was heard in; `Int64.min` without streams.
  var endOfSecondsNanos: UnixNanos {
    var last = Int64.min
    for slot in 0..<table.count { last = max(last, table.streams[slot].lastArrival) }
    return last == .min ? last : (flooredDivision(last, by: Nanos.perSecond) &+ 1) &* Nanos.perSecond
  }

  /// Appends some of the rows that are due to `out`, which was reset; all of one listener. Returns the listener and when
  /// the second ended; nil if nothing is due any more.
  mutating func appendDue(
    at now: UnixNanos, settings: [RTPSettings], registry: DeviceRegistry, into out: inout DecodedDatagram
  ) -> DueRows? {
    if table.count > 0 && isBack(now) {
      // What was counted until then is written; the streams begin anew.
      if let due = appendSeconds(upTo: endOfSecondsNanos, settings, registry, &out) { return due }
      watch.rewind(to: now)
      forgetSilent(before: .max)
      flush = StreamFlush()
      return nil
    }
    return appendSeconds(upTo: now, settings, registry, &out)
  }

  private mutating func appendSeconds(
    upTo now: UnixNanos, _ settings: [RTPSettings], _ registry: DeviceRegistry, _ out: inout DecodedDatagram
  ) -> DueRows? {
    while table.count > 0 && (flush.second == .min || now >= (flush.second &+ 1) &* Nanos.perSecond) {
      let newest = flooredDivision(now, by: Nanos.perSecond) &- 1
      if flush.second == .min { flush.second = newest }
      if flush.slot == 0 && !flush.isJudging { skipSilence(to: newest) }
      let end = (flush.second &+ 1) &* Nanos.perSecond
      var listener = -1
      while flush.slot < table.count, out.rows.count < StreamFlush.rowsAtOnce {
        let own = Int(table.streams[flush.slot].listener)
        if listener >= 0 && own != listener { break }
        listener = own
        if flush.isJudging {
          judge(flush.slot, end: end, settings: settings[own], registry, &out)
        } else {
          append(flush.slot, end: end, settings: settings[own], registry, &out)
        }
        flush.slot &+= 1
      }
      if flush.slot >= table.count {
        flush.slot = 0
        // First all streams are written and looked at, then the devices are judged by them.
        flush.isJudging.toggle()
        if !flush.isJudging {
          flush.second &+= 1
          forgetSilent(before: end &- StreamFlush.forgottenAfterSeconds &* Nanos.perSecond)
        }
      }
      if !out.rows.isEmpty { return DueRows(listener: listener, endNanos: end) }
    }
    return nil
  }

  /// Where nothing came for long (a gap in a capture), what is between has no rows.
  private mutating func skipSilence(to newest: Int64) {
    if newest &- flush.second <= StreamFlush.silentRowsSeconds { return }
    var last = Int64.min
    for slot in 0..<table.count { last = max(last, table.streams[slot].lastArrival) }
    let lastSecond = flooredDivision(last, by: Nanos.perSecond)
    let end = lastSecond &+ StreamFlush.silentRowsSeconds &+ 1
    if flush.second > end { flush.second = newest }
  }

  private mutating func append(
    _ slot: Int, end: UnixNanos, settings: RTPSettings, _ registry: DeviceRegistry, _ out: inout DecodedDatagram
  ) {
    let second = flush.second
    table.update(slot) { stream in
      if stream.current.second <= second { stream.roll(to: second &+ 1) }
    }
    let stream = table.streams[slot]
    let age = end &- stream.lastArrival
    if stream.hasClosed && (stream.closed.packets > 0 || age <= StreamFlush.silentRowsSeconds &* Nanos.perSecond) {
      appendRow(stream, end: end, registry, &out)
    }
    table.update(slot) { $0.clearClosed() }
    if Self.mayChange(stream, end) {
      watch.note(Self.subject(of: stream, registry), stream.facts(at: end, settings: settings), at: end)
    }
  }

  /// Of what has been silent for long everything was told.
  private static func mayChange(_ stream: RTPStream, _ end: UnixNanos) -> Bool {
    end &- stream.lastArrival <= StreamFlush.silentRowsSeconds &* Nanos.perSecond &+ Nanos.perDay
  }

  /// Tells what has changed of the stream's device.
  private func judge(
    _ slot: Int, end: UnixNanos, settings: RTPSettings, _ registry: DeviceRegistry, _ out: inout DecodedDatagram
  ) {
    let stream = table.streams[slot]
    var changes: [CameraWatch.Change] = []
    watch.judge(
      Self.subject(of: stream, registry), stream.facts(at: end, settings: settings), at: end,
      silentNanos: settings.silentNanos
    ) { changes.append($0) }
    for change in changes { appendEvent(change, stream, at: end, registry, &out) }
  }

  private func appendRow(
    _ stream: RTPStream, end: UnixNanos, _ registry: DeviceRegistry, _ out: inout DecodedDatagram
  ) {
    let second = stream.closed
    guard let key = Self.appendKey(stream, "camera_stream", registry, &out.arena) else { return }
    let firstField = out.fields.count
    let hertz = out.arena.appendText("Hz")
    let millis = out.arena.appendText("ms")
    let seconds = out.arena.appendText("s")
    let octets = out.arena.appendText("B")
    Self.put("packets", second.packets, &out)
    Self.put("bytes", second.bytes, unit: octets, &out)
    Self.put("lost", second.lost, &out)
    Self.put("out_of_order", second.outOfOrder, &out)
    Self.put("duplicates", second.duplicates, &out)
    if let jitter = stream.clock.jitterMillis { Self.put("jitter", jitter, unit: millis, &out) }
    Self.put("frame_rate", second.frames, &out)
    Self.put("key_frames", second.keyFrames, &out)
    Self.put("packet_age", Double(max(0, end &- stream.lastArrival)) * 1e-9, unit: seconds, &out)
    Self.put("frame_age", Double(max(0, end &- stream.frames.lastFrameArrival)) * 1e-9, unit: seconds, &out)
    Self.put("payload_type", Int64(stream.payloadType), &out)
    if stream.clock.rate > 0 {
      Self.put("clock_rate", Int64(stream.clock.rate), unit: hertz, &out)
      let name = out.arena.appendText("clock_estimated")
      out.fields.append(DecodedField(name: name, tag: .boolean, payload: stream.clock.isEstimated ? 1 : 0))
    }
    if stream.videoCodec != .unknown {
      let name = out.arena.appendText("codec")
      let text = out.arena.appendText(stream.videoCodec.name)
      out.fields.append(DecodedField(name: name, tag: .string, payload: text.payload))
    }
    let name = out.arena.appendText("source")
    let text = out.arena.appendString(stream.key.source.description)
    out.fields.append(DecodedField(name: name, tag: .string, payload: text.payload))
    out.rows.append(
      DecodedRow(
        key: key, keyForm: .canonical, firstField: firstField, fieldCount: out.fields.count &- firstField,
        timeNanos: second.second &* Nanos.perSecond, hasTime: true))
  }

  /// The row's key: device, and which of its streams.
  static func appendKey(
    _ stream: RTPStream, _ measurement: StaticString, _ registry: DeviceRegistry, _ arena: inout Slab<UInt8>
  ) -> TextRange? {
    let device = arena.appendString(name(of: stream, registry))
    let destination = arena.appendString(destinationText(stream.key))
    let ssrc = arena.appendString("0x" + Hexadecimal.text(stream.key.ssrc))
    guard let start = arena.appendKeyHead(.readings, measurement, device: device) else { return nil }
    arena.appendTagName("destination")
    arena.appendKeyText(copyOf: destination)
    arena.appendTagName("ssrc")
    arena.appendKeyText(copyOf: ssrc)
    return arena.textRange(from: start)
  }

  /// A listener knows the port that it was sent to, not which address of ours.
  static func destinationText(_ key: StreamKey) -> String {
    key.destination.high == 0 && key.destination.low == 0 ? ":\(key.destination.port)" : key.destination.description
  }

  private static func put(
    _ name: StaticString, _ value: Int64, unit: TextRange = .empty, _ out: inout DecodedDatagram
  ) {
    let name = out.arena.appendText(name)
    out.fields.append(DecodedField(name: name, tag: .integer, payload: value, unit: unit))
  }

  /// A measure of our own, to the thousandth: more digits than it has truth in.
  static func put(_ name: StaticString, _ value: Double, unit: TextRange, _ out: inout DecodedDatagram) {
    let name = out.arena.appendText(name)
    let thousandths = Int64(exactly: (value * 1_000).rounded()) ?? Int64.max
    let (tag, payload) = DecimalNumber.canonical(tag: .decimal(scale: 3), payload: thousandths)
    out.fields.append(DecodedField(name: name, tag: tag, payload: payload, unit: unit))
  }

  // MARK: events

  private func appendEvent(
    _ change: CameraWatch.Change, _ stream: RTPStream, at end: UnixNanos, _ registry: DeviceRegistry,
    _ out: inout DecodedDatagram
  ) {
    let (kind, severity, message): (StaticString, StaticString, StaticString) =
      switch change {
      case .silent: ("camera.silent", "error", "no packets any more")
      case .active: ("camera.active", "notice", "packets come again")
      case .frozen: ("camera.frozen", "error", "the picture does not change any more")
      case .moving: ("camera.moving", "notice", "the picture changes again")
      case .degraded: ("camera.degraded", "warning", "packets are lost, or no key picture comes whole")
      case .clear: ("camera.clear", "notice", "hardly any packets are lost, and key pictures come whole")
      }
    let severityText = out.arena.appendText(severity)
    let kindText = out.arena.appendText(kind)
    let messageText = out.arena.appendText(message)
    let attributes = out.arena.appendString(
      "{\"ssrc\":\"0x\(Hexadecimal.text(stream.key.ssrc))\",\"source\":\"\(stream.key.source)\","
        + "\"destination\":\"\(Self.destinationText(stream.key))\",\"payload_type\":\(stream.payloadType),"
        + "\"packets\":\(stream.total.packets),\"lost\":\(stream.total.lost)}")
    let device = out.arena.appendString(Self.name(of: stream, registry))
    guard let start = out.arena.appendKeyHead(.events, "events", device: device) else { return }
    EventRow.append(
      key: out.arena.textRange(from: start), keyForm: .canonicalEvent, severity: severityText, kind: kindText,
      message: messageText, attributes: attributes, timeNanos: end, to: &out)
  }
}
