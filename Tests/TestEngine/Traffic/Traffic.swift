import Primitives
import Telemetry
import Text

/// Datagrams of every protocol from a seed: several measurements and layouts a device, fields in changing orders, values
/// whose types change, late and doubled rows, names of all kinds. No two rows share series and instant unless they are the
/// same.
package struct Traffic {
  package enum Kind: CaseIterable, Sendable {
    case line
    case senMLJSON
    case senMLCBOR
    case syslog
    case trap
    case inform
    case stream
    case discovery
    case garbage
    /// SenML of a device that began its message ids anew: one that it has used, with another token and payload.
    case reboot
  }

  static let measurements = ["rain", "bts_power", "trạm"]
  static let devices = ["d1", "d2", "mưa-03", "x"]
  static let fields = ["a", "b", "c", "d"]

  private let startSeconds: Int64
  private var taken: Set<String> = []
  private(set) var sent: [SentDatagram] = []
  /// Of so many of the last datagrams a device that begins anew may use the ids.
  private static let lately = 40
  private var nextMark = 0
  private var streams: [UInt32: (sequence: UInt16, timestamp: UInt32)] = [:]

  init(startNanos: UnixNanos) { startSeconds = startNanos / Nanos.perSecond }

  /// The ports of the listeners, as `SimulatedHouse` opens them.
  static let linePort: UInt16 = 8_089
  static let coapPort: UInt16 = 5_683
  static let syslogPort: UInt16 = 5_514
  static let snmpPort: UInt16 = 5_162
  static let rtpPort: UInt16 = 5_004
  static let wsdPort: UInt16 = 3_702

  /// A datagram that was sent before; nil if there is none.
  func again(_ random: inout SeededNumbers) -> SentDatagram? {
    sent.isEmpty ? nil : random.one(of: sent)
  }

  /// A new datagram.
  mutating func next(_ kind: Kind, nowNanos: UnixNanos, _ random: inout SeededNumbers) -> SentDatagram {
    let made = make(kind, nowNanos: nowNanos, &random)
    switch made.content {
    case .stream, .nothing: break
    case .readings, .event: sent.append(made)
    }
    return made
  }

  private mutating func make(_ kind: Kind, nowNanos: UnixNanos, _ random: inout SeededNumbers) -> SentDatagram {
    switch kind {
    case .line: return line(&random)
    case .senMLJSON: return senML(isCBOR: false, nil, &random)
    case .senMLCBOR: return senML(isCBOR: true, nil, &random)
    case .reboot:
      let used = sent.suffix(Self.lately).compactMap { datagram -> (source: SourceAddress, messageID: UInt16)? in
        guard case .changed(let id, _) = datagram.answer else { return nil }
        return (datagram.source, id)
      }
      return senML(isCBOR: random.once(in: 2), used.randomElement(using: &random), &random)
    case .syslog: return syslog(nowNanos, &random)
    case .trap: return notification(isInform: false, &random)
    case .inform: return notification(isInform: true, &random)
    case .stream: return packet(nowNanos, &random)
    case .discovery: return hello(&random)
    case .garbage:
      let bytes = (0..<random.number(0...60)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let port = random.one(of: [Self.coapPort, Self.snmpPort, Self.rtpPort, Self.wsdPort])
      return SentDatagram(bytes: bytes, source: Self.source(&random), port: port, content: .nothing)
    }
  }

  /// A datagram that is soon refused.
  static func noise(_ random: inout SeededNumbers) -> SentDatagram {
    SentDatagram(bytes: [0], source: source(&random), port: linePort, content: .nothing)
  }

  static func source(_ random: inout SeededNumbers, host: Int? = nil) -> SourceAddress {
    let host = host ?? random.number(1...4)
    return SourceAddress(
      high: 0, low: 0xFFFF_0A00_0000 | UInt64(host), port: UInt16(truncatingIfNeeded: random.number(1_024...60_000)))
  }

  private mutating func mark() -> String {
    nextMark += 1
    return "mark-\(nextMark)-end"
  }

  // MARK: readings

  /// A series and an instant that no other row has; the instant lies within a day before the start, so that parts of
  /// several days come, and rows that are late for most of them.
  private mutating func place(
    isSenML: Bool, _ random: inout SeededNumbers
  ) -> (measurement: String, device: String, tag: String, seconds: Int64) {
    while true {
      let measurement = random.one(of: Self.measurements)
      // Names of SenML are ASCII, and it knows no tags (RFC 8428 section 4.5.1).
      let device = random.one(of: isSenML ? Self.devices.filter { $0.utf8.allSatisfy { $0 < 128 } } : Self.devices)
      let tag = isSenML ? "" : random.one(of: ["", "port=1", "port=2"])
      let seconds = startSeconds - Int64(random.number(0...100_000))
      if taken.insert("\(measurement) \(device) \(tag) \(seconds)").inserted {
        return (measurement, device, tag, seconds)
      }
    }
  }

  private mutating func line(_ random: inout SeededNumbers) -> SentDatagram {
    var lines: [String] = []
    var rows: [String] = []
    let (measurement, device, tag, first) = place(isSenML: false, &random)
    // Some datagrams bring several rows.
    for number in 0..<(random.once(in: 4) ? Int64(random.number(2...5)) : 1) {
      let seconds = first + number
      if number > 0 && !taken.insert("\(measurement) \(device) \(tag) \(seconds)").inserted { continue }
      let values = values(&random)
      lines.append(
        "\(measurement),device=\(device)\(tag.isEmpty ? "" : "," + tag) "
          + values.map { "\($0.name)=\($0.value.line)" }.joined(separator: ",") + " \(seconds * Nanos.perSecond)")
      rows.append(
        RowText.text(
          measurement: measurement, device: device, tags: tag, time: seconds * Nanos.perSecond,
          fields: values.map { ($0.name, $0.value.text) }))
    }
    return SentDatagram(
      bytes: Array(lines.joined(separator: "\n").utf8), source: Self.source(&random), port: Self.linePort,
      content: .readings(measurement: measurement, rows: rows))
  }

  private func values(_ random: inout SeededNumbers) -> [(name: String, value: SentValue)] {
    Self.fields.shuffled(using: &random).prefix(random.number(1...4)).map { ($0, SentValue(&random)) }
  }

  /// - Parameter used: a source and a message id that it has used.
  private mutating func senML(
    isCBOR: Bool, _ used: (source: SourceAddress, messageID: UInt16)?, _ random: inout SeededNumbers
  ) -> SentDatagram {
    let (measurement, device, _, seconds) = place(isSenML: true, &random)
    let values = values(&random).map { (name: $0.name, value: $0.value.asInJSON) }
    let pack = isCBOR ? SenMLPack.cbor(device, seconds, values) : SenMLPack.json(device, seconds, values)
    let id = used?.messageID ?? UInt16(truncatingIfNeeded: random.next())
    let token = (0..<random.number(used == nil ? 0...8 : 4...8)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    let isConfirmable = used != nil || !random.once(in: 4)
    let bytes = CoAPRequest.post(
      pack, path: ["telemetry", measurement], format: isCBOR ? 112 : 110, messageID: id, token: token,
      isConfirmable: isConfirmable)
    let row = RowText.text(
      measurement: measurement, device: device, tags: "", time: seconds * Nanos.perSecond,
      fields: values.map { ($0.name, $0.value.text) })
    return SentDatagram(
      bytes: bytes, source: used?.source ?? Self.source(&random), port: Self.coapPort,
      content: .readings(measurement: measurement, rows: [row]),
      answer: isConfirmable ? .changed(messageID: id, token: token) : nil)
  }

  // MARK: events

  private mutating func syslog(_ nowNanos: UnixNanos, _ random: inout SeededNumbers) -> SentDatagram {
    let mark = mark()
    let time = RFC3339.text(nowNanos - Int64(random.number(0...3_600)) * Nanos.perSecond, .milliseconds)
    let text = "<\(random.number(0...191))>1 \(time) \(random.one(of: ["cam-1", "bts-2"])) app - - - cửa \(mark)"
    return SentDatagram(
      bytes: Array(text.utf8), source: Self.source(&random), port: Self.syslogPort, content: .event(mark: mark))
  }

  private mutating func notification(isInform: Bool, _ random: inout SeededNumbers) -> SentDatagram {
    let mark = mark()
    let requestID = UInt32(random.number(1...0x7FFF_FFFF))
    return SentDatagram(
      bytes: SNMPNotification.bytes(mark: mark, requestID: requestID, isInform: isInform),
      source: Self.source(&random), port: Self.snmpPort, content: .event(mark: mark),
      answer: isInform ? .response(requestID: requestID) : nil)
  }

  // MARK: streams

  /// The next packet of one of some streams.
  private mutating func packet(_ nowNanos: UnixNanos, _ random: inout SeededNumbers) -> SentDatagram {
    let number = UInt32(random.number(1...2))
    var stream = streams[number] ?? (UInt16(truncatingIfNeeded: random.next()), 0)
    stream.sequence &+= random.once(in: 20) ? 2 : 1
    stream.timestamp = UInt32(truncatingIfNeeded: nowNanos / 1_000 * 9 / 100)
    streams[number] = stream
    var bytes: [UInt8] = [0x80, 96 | (random.once(in: 3) ? 0x80 : 0)]
    for shift in [8, 0] { bytes.append(UInt8(truncatingIfNeeded: stream.sequence >> UInt16(shift))) }
    for word in [stream.timestamp, 0xABCD_0000 | number] {
      for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    bytes += Array(repeating: 0x41, count: 200)
    var source = Self.source(&random, host: 10 + Int(number))
    source.port = 20_000
    return SentDatagram(bytes: bytes, source: source, port: Self.rtpPort, content: .stream)
  }

  private func hello(_ random: inout SeededNumbers) -> SentDatagram {
    let text =
      #"<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope""#
      + #" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing""#
      + #" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>"#
      + "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Hello</a:Action>"
      + "<a:MessageID>urn:uuid:\(random.next())</a:MessageID></s:Header><s:Body><d:Hello><a:EndpointReference>"
      + "<a:Address>urn:uuid:camera-\(random.number(1...3))</a:Address></a:EndpointReference>"
      + "<d:MetadataVersion>\(random.number(1...9))</d:MetadataVersion></d:Hello></s:Body></s:Envelope>"
    return SentDatagram(
      bytes: Array(text.utf8), source: Self.source(&random), port: Self.wsdPort, content: .stream)
  }
}
