import Primitives
import Registry
import Telemetry
import Text

/// RTCP: what receivers say of streams, and what senders say of themselves.
///
/// Each reception report is a row of measurement `camera_report`, tags `ssrc` (of whom it speaks) and `reporter`:
/// `fraction_lost`, `cumulative_lost`, `jitter_units` (of the timestamp), `highest_sequence`, and `round_trip` (ms, from
/// here to the receiver and back) where the sender's report came by here. A sender report is a row with tag `ssrc`
/// alone: `sent_packets`, `sent_bytes`, and `clock_offset_ms` (the sender's clock less ours, median of a minute) where it
/// tells the time of day. A goodbye is an event `camera.bye`.
extension RTPEndpoint {
  mutating func receiveControl(
    _ datagram: RawSpan, _ arrival: Arrival, registry: DeviceRegistry, into out: inout DecodedDatagram
  ) -> DatagramVerdict {
    let found = RTCPReader.examine(datagram)
    if let reason = found.reason {
      // What is sound before a packet that is not is kept; what is encrypted only looks sound.
      let failure = RTCPReader.check(datagram) ?? reason
      let isHeader = RTCPReader.hasHead(datagram, at: found.soundEnd)
      if failure == .rtcpEncrypted || found.soundEnd < 8 || !isHeader && datagram.byteCount &- found.soundEnd >= 4 {
        return .rejected(failure)
      }
      out.refuseRow(reason)
    }
    var reader = RTCPReader(upTo: found.soundEnd)
    var goodbyes = 0
    while let packet = reader.next(in: datagram) {
      reports.count(type: packet.type)
      switch packet.type {
      case RTCPReader.Packet.senderReport:
        let ssrc = RTCPReader.word(datagram, packet.body.lowerBound)
        let time = NTPTime(
          seconds: RTCPReader.word(datagram, packet.body.lowerBound &+ 4),
          fraction: RTCPReader.word(datagram, packet.body.lowerBound &+ 8))
        let slot = table.anyStream(ssrc, from: arrival.source)
        let ahead = reports.noteReport(
          of: ssrc, from: arrival.source, isFollowed: slot >= 0, time: time, arrival: arrival.nanos)
        appendSender(datagram, packet, ssrc, slot, aheadNanos: ahead, arrival, registry, &out)
        appendReports(datagram, packet, from: packet.body.lowerBound &+ 24, reporter: ssrc, arrival, registry, &out)
      case RTCPReader.Packet.receiverReport:
        let ssrc = RTCPReader.word(datagram, packet.body.lowerBound)
        appendReports(datagram, packet, from: packet.body.lowerBound &+ 4, reporter: ssrc, arrival, registry, &out)
      case RTCPReader.Packet.sourceDescription:
        noteName(datagram, packet, arrival, registry)
      case RTCPReader.Packet.goodbye:
        for index in 0..<packet.count {
          let ssrc = RTCPReader.word(datagram, packet.body.lowerBound &+ 4 &* index)
          noteGoodbye(ssrc, arrival)
          goodbyes &+= 1
          if goodbyes > Limits.rtcpGoodbyes {
            out.refuseRow(.tooManyRows)
          } else {
            appendGoodbye(ssrc, arrival, registry, &out)
          }
        }
      default: break
      }
    }
    return .decoded
  }

  private mutating func noteName(
    _ datagram: RawSpan, _ packet: RTCPReader.Packet, _ arrival: Arrival, _ registry: DeviceRegistry
  ) {
    guard let (ssrc, text) = RTCPReader.canonicalName(datagram, packet), text.count <= Limits.nameBytes else { return }
    if reports.isNamed(ssrc, from: arrival.source, datagram.extracting(text)) { return }
    let name = datagram.extracting(text).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    let isFollowed = table.nextStream(ssrc, of: arrival.source, behind: -1) >= 0
    if !reports.noteName(of: ssrc, isFollowed: isFollowed, from: arrival.source, name) || !registry.hasAliases {
      return
    }
    updateStreams(ssrc, of: arrival.source) { endpoint, slot in
      let device = endpoint.device(endpoint.table.streams[slot].key, registry)
      endpoint.table.update(slot) { $0.device = Int32(device) }
    }
  }

  /// Only the sender itself ends its streams: whose address it is.
  private mutating func noteGoodbye(_ ssrc: UInt32, _ arrival: Arrival) {
    updateStreams(ssrc, of: arrival.source) { endpoint, slot in
      endpoint.table.update(slot) { $0.leave(at: arrival.nanos) }
    }
  }

  /// Works on the streams of a number and a sender's address: a bounded number of them, whoever invented how many.
  private mutating func updateStreams(
    _ ssrc: UInt32, of source: SourceAddress, _ update: (inout RTPEndpoint, Int) -> Void
  ) {
    var slot = table.nextStream(ssrc, of: source, behind: -1)
    for _ in 0..<Limits.rtcpStreamsPerSource where slot >= 0 {
      update(&self, slot)
      slot = table.nextStream(ssrc, of: source, behind: slot)
    }
  }

  /// Whose source it is, by what its own packets would say: the registry's device, else its number. `slot` is of a stream
  /// of it, -1 if there is none.
  private mutating func appendDevice(
    _ ssrc: UInt32, _ slot: Int, _ arrival: Arrival, _ registry: DeviceRegistry, _ arena: inout Slab<UInt8>
  ) -> TextRange {
    var index = -1
    var number = ssrc
    if slot >= 0 {
      index = Int(table.device(slot))
      number = table.ssrc(slot)
    } else {
      index = device(StreamKey(ssrc: ssrc, source: arrival.source, destination: arrival.destination), registry)
    }
    if index >= 0 && index < registry.devices.count { return arena.appendString(registry.devices[index].id) }
    let start = arena.count
    arena.appendText("ssrc:")
    arena.appendDigits(number)
    return arena.textRange(from: start)
  }

  /// Whether the arena has room for another row or event of ours; refuses it by name if not.
  private static func hasRoom(in out: inout DecodedDatagram) -> Bool {
    if out.arena.room >= 8 &* Limits.nameBytes && out.rows.room > 0 && out.fields.room >= Limits.rtcpFieldsPerRow {
      return true
    }
    out.refuseRow(.tooManyRows)
    return false
  }

  private mutating func appendSender(
    _ datagram: RawSpan, _ packet: RTCPReader.Packet, _ ssrc: UInt32, _ slot: Int, aheadNanos: Int64?,
    _ arrival: Arrival, _ registry: DeviceRegistry, _ out: inout DecodedDatagram
  ) {
    if !Self.hasRoom(in: &out) { return }
    let device = appendDevice(ssrc, slot, arrival, registry, &out.arena)
    let number = out.arena.appendNumber(ssrc)
    guard let start = out.arena.appendKeyHead(.readings, "camera_report", device: device) else { return }
    out.arena.appendTagName("ssrc")
    out.arena.appendKeyText(copyOf: number)
    let key = out.arena.textRange(from: start)
    let firstField = out.fields.count
    let octets = out.arena.appendText("B")
    out.put("sent_packets", Int64(RTCPReader.word(datagram, packet.body.lowerBound &+ 16)))
    out.put("sent_bytes", Int64(RTCPReader.word(datagram, packet.body.lowerBound &+ 20)), unit: octets)
    if let aheadNanos {
      let millis = out.arena.appendText("ms")
      out.put("clock_offset_ms", thousandths: Double(aheadNanos) * 1e-6, unit: millis)
    }
    out.endRow(key, .canonical, from: firstField, timeNanos: nil)
  }

  private mutating func appendReports(
    _ datagram: RawSpan, _ packet: RTCPReader.Packet, from first: Int, reporter: UInt32, _ arrival: Arrival,
    _ registry: DeviceRegistry, _ out: inout DecodedDatagram
  ) {
    for index in 0..<packet.count {
      if !Self.hasRoom(in: &out) { continue }
      let report = RTCPReport(datagram, first &+ index &* RTCPReport.byteCount)
      let slot = table.anyStream(report.source, from: arrival.source)
      let device = appendDevice(report.source, slot, arrival, registry, &out.arena)
      let reporterText = out.arena.appendNumber(reporter)
      let number = out.arena.appendNumber(report.source)
      guard let start = out.arena.appendKeyHead(.readings, "camera_report", device: device) else { continue }
      out.arena.appendTagName("reporter")
      out.arena.appendKeyText(copyOf: reporterText)
      out.arena.appendTagName("ssrc")
      out.arena.appendKeyText(copyOf: number)
      let key = out.arena.textRange(from: start)
      let firstField = out.fields.count
      let millis = out.arena.appendText("ms")
      out.put("fraction_lost", thousandths: Double(report.fractionLost) / 256)
      out.put("cumulative_lost", Int64(report.cumulativeLost))
      out.put("jitter_units", Int64(report.jitter))
      out.put("highest_sequence", Int64(report.highestSequence))
      let trip = reports.roundTripNanos(
        source: report.source, at: arrival.destination, lastReport: report.lastSenderReport, delay: report.delay,
        arrival: arrival.nanos)
      if let trip { out.put("round_trip", thousandths: Double(trip) * 1e-6, unit: millis) }
      out.endRow(key, .canonical, from: firstField, timeNanos: nil)
    }
  }

  private mutating func appendGoodbye(
    _ ssrc: UInt32, _ arrival: Arrival, _ registry: DeviceRegistry, _ out: inout DecodedDatagram
  ) {
    if !Self.hasRoom(in: &out) { return }
    let severity = out.arena.appendText("informational")
    let kind = out.arena.appendText("camera.bye")
    let message = out.arena.appendText("the stream was ended by its sender")
    let attributes = out.arena.appendString(
      JSONValue.members(
        ("ssrc", .string("0x\(Hexadecimal.text(ssrc))")), ("source", .string("\(arrival.source)"))
      ).serialized)
    let slot = table.anyStream(ssrc, from: arrival.source)
    let device = appendDevice(ssrc, slot, arrival, registry, &out.arena)
    guard let start = out.arena.appendKeyHead(.events, "events", device: device) else { return }
    EventRow.append(
      key: out.arena.textRange(from: start), keyForm: .canonicalEvent, severity: severity, kind: kind,
      message: message, attributes: attributes, timeNanos: nil, to: &out)
  }
}

extension Slab where Element == UInt8 {
  /// Appends a number as rows and events have it: `0x` and eight digits.
  fileprivate mutating func appendNumber(_ word: UInt32) -> TextRange {
    let start = count
    appendText("0x")
    appendDigits(word)
    return textRange(from: start)
  }

  /// Appends eight hexadecimal digits.
  fileprivate mutating func appendDigits(_ word: UInt32) {
    var shift: UInt32 = 32
    while shift > 0 {
      shift &-= 4
      let digit = UInt8(truncatingIfNeeded: word >> shift & 15)
      append(digit < 10 ? digit &+ 48 : digit &+ 87)
    }
  }
}
