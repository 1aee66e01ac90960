import Fleet
import Primitives
import Protocols
import Telemetry

/// Each decoder alone, from bytes to rows of one datagram. None may allocate.
enum DecoderSuite {
  static func run(_ harness: inout Harness) {
    lines(&harness, 18)
    lines(&harness, 1)
    cborPacks(&harness)
    jsonPacks(&harness)
    syslog(&harness, "decode syslog RFC 5424", SampleMessages.modernSyslog(500))
    syslog(&harness, "decode syslog RFC 3164", SampleMessages.legacySyslog(500))
    messages(&harness)
  }

  private static func lines(_ harness: inout Harness, _ count: Int) {
    var settings = PrebuiltTraffic.Settings()
    settings.shape = .lines(count)
    settings.seconds = count > 1 ? 4 : 1
    let traffic = PrebuiltTraffic(settings)
    var decoded = DecodedDatagram()
    harness.measure(
      "decode line protocol, \(count) \(count > 1 ? "lines" : "line") a datagram", per: "reading",
      promise: .noAllocation
    ) { watch in
      var readings = 0
      watch.start()
      for index in 0..<traffic.count {
        decoded.reset()
        _ = LineProtocolDecoder.decode(traffic.datagrams.span(index), precision: .nanoseconds, into: &decoded)
        readings += decoded.fields.count
      }
      watch.stop()
      precondition(readings == traffic.readings, "BUG: \(readings) readings of \(traffic.readings)")
      return readings
    }
  }

  /// 200 devices' NONs with packs of 18 rows, 72 readings.
  static func packs() -> PrebuiltTraffic {
    var settings = PrebuiltTraffic.Settings()
    settings.shape = .pack(rows: 18)
    settings.devices = 200
    settings.seconds = 18
    return PrebuiltTraffic(settings)
  }

  private static func cborPacks(_ harness: inout Harness) {
    let traffic = packs()
    let payloads = (0..<traffic.count).map { index in
      var message = CoAPMessage()
      precondition(message.read(traffic.datagrams.span(index)) == nil, "BUG: prebuilt CoAP that is none")
      return message.payload
    }
    let measurement = Array("tel".utf8)
    let arrivalNanos = (traffic.base + 20) * Nanos.perSecond
    var decoder = SenMLDecoder()
    var decoded = DecodedDatagram()
    harness.measure("decode SenML-CBOR, 18 rows a pack", per: "reading", promise: .noAllocation) { watch in
      var readings = 0
      watch.start()
      for index in 0..<traffic.count {
        decoded.reset()
        _ = decoder.decodeCBOR(
          traffic.datagrams.span(index).extracting(payloads[index]),
          place: .datagram(offset: payloads[index].lowerBound),
          measurement: measurement.span.bytes, arrivalNanos: arrivalNanos, into: &decoded)
        readings += decoded.fields.count
      }
      watch.stop()
      precondition(readings == traffic.readings, "BUG: \(readings) readings of \(traffic.readings)")
      return readings
    }
  }

  private static func jsonPacks(_ harness: inout Harness) {
    let packs = SampleMessages.jsonPacks(200)
    let measurement = Array("tel".utf8)
    let arrivalNanos = (SampleMessages.base + 20) * Nanos.perSecond
    var decoder = SenMLDecoder()
    var decoded = DecodedDatagram()
    harness.measure("decode SenML-JSON, 18 rows a pack", per: "reading", promise: .noAllocation) { watch in
      var readings = 0
      watch.start()
      for index in 0..<packs.count {
        decoded.reset()
        _ = decoder.decodeJSON(
          packs.span(index), place: .datagram(offset: 0), measurement: measurement.span.bytes,
          arrivalNanos: arrivalNanos, into: &decoded)
        readings += decoded.fields.count
      }
      watch.stop()
      precondition(readings == packs.count * 72, "BUG: \(readings) readings of \(packs.count * 72)")
      return readings
    }
  }

  private static func syslog(_ harness: inout Harness, _ what: String, _ messages: consuming DatagramBuffer) {
    let messages = messages
    let decoder = SyslogDecoder()
    let arrivalNanos = (SampleMessages.base + 600) * Nanos.perSecond
    var decoded = DecodedDatagram()
    harness.measure(what, per: "message", promise: .noAllocation) { watch in
      var events = 0
      watch.start()
      for index in 0..<messages.count {
        decoded.reset()
        _ = decoder.decode(messages.span(index), arrivalNanos: arrivalNanos, zone: .utc, into: &decoded)
        events += decoded.rows.count
      }
      watch.stop()
      precondition(events == messages.count, "BUG: \(events) events of \(messages.count)")
      return events
    }
  }

  private static func messages(_ harness: inout Harness) {
    let traffic = packs()
    var message = CoAPMessage()
    harness.measure("parse CoAP, NON POST", per: "message", promise: .noAllocation) { watch in
      var payloadBytes = 0
      watch.start()
      for index in 0..<traffic.count {
        _ = message.read(traffic.datagrams.span(index))
        payloadBytes += message.payload.count
      }
      watch.stop()
      precondition(payloadBytes > traffic.count * 72, "BUG: CoAP without its payload")
      return traffic.count
    }
  }
}
