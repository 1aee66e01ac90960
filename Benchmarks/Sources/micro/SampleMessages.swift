import Fleet
import Primitives

/// Datagrams of the forms that prebuilt traffic doesn't have, from a seed.
enum SampleMessages {
  static let base: Int64 = 1_795_176_000
  private static let seed: UInt64 = 42

  /// SenML packs in JSON of 18 rows, a second apart, of four fields: 72 readings. One device each.
  static func jsonPacks(_ count: Int) -> DatagramBuffer {
    var buffer = DatagramBuffer(byteCount: count * 8_192, datagrams: count)
    for device in 0..<count {
      var random = FleetRandom(seed: seed, stream: UInt64(device))
      let digits = String(10_000 + device).dropFirst()
      buffer.append("[{\"bn\":\"d\(digits)/\",\"bt\":\(base)")
      for row in 0..<18 {
        let values = [
          (name: "temp", units: 50 + random.below(300), scale: 1),
          (name: "hum", units: 300 + random.below(500), scale: 1),
          (name: "cnt", units: random.below(1_000_000), scale: 0),
          (name: "bat", units: 330 + random.below(90), scale: 2),
        ]
        for (index, value) in values.enumerated() {
          buffer.append(row == 0 && index == 0 ? "," : "},{")
          buffer.append("\"n\":\"\(value.name)\",\"v\":")
          buffer.append(units: value.units, scale: value.scale)
          if row > 0 { buffer.append(",\"t\":\(row)") }
        }
      }
      buffer.append("}]")
      precondition(buffer.close(), "BUG: a pack that does not fit")
    }
    return buffer
  }

  /// Camera events by RFC 5424, with structured data.
  static func modernSyslog(_ count: Int) -> DatagramBuffer {
    var buffer = DatagramBuffer(byteCount: count * 512, datagrams: count)
    for number in 0..<count {
      SyslogEncoder.append5424(
        facility: 16, severity: UInt8(number % 8), time: (base + Int64(number)) * Nanos.perSecond, host: host(number),
        app: "analytics", process: String(100 + number % 900), messageID: "MOTION",
        elements: [SyslogEncoder.Element(id: "event@32473", parameters: [("number", String(number)), ("zone", "2")])],
        message: "phát hiện chuyển động ở vùng 3", to: &buffer)
      precondition(buffer.close(), "BUG: a message that does not fit")
    }
    return buffer
  }

  /// Camera events by RFC 3164.
  static func legacySyslog(_ count: Int) -> DatagramBuffer {
    var buffer = DatagramBuffer(byteCount: count * 512, datagrams: count)
    for number in 0..<count {
      SyslogEncoder.append3164(
        facility: 16, severity: UInt8(number % 8), time: (base + Int64(number)) * Nanos.perSecond,
        utcOffsetSeconds: 0, host: host(number), tag: "recorder", process: 100 + number % 900,
        message: "SD card write failed: I/O error, sector \(88_000 + number)", to: &buffer)
      precondition(buffer.close(), "BUG: a message that does not fit")
    }
    return buffer
  }

  private static func host(_ number: Int) -> String { "camera-\(String(10_000 + number % 500).dropFirst())" }

  /// `linkDown` by SNMP v2c, with what RFC 2863 and a router put into it.
  static func linkDown() -> [UInt8] {
    let bindings =
      "300d06082b060102010103004301073017060a2b06010603010104010006092b0601060301010503"
      + "300f060a2b06010201020201010202010230" + "1b060a2b060102010202010202040d4574686572 6e6574302f302f31"
      + "300f060a2b06010201020201030202010630140 60c2b0601040109020201011402040464 6f776e"
    return message(pdu: 0xA7, head: "020117020100020100", bindings: bindings, version: "020101")
  }

  /// A site's door by SNMP v1.
  static func legacyTrap() -> [UInt8] {
    let head = "06092b060104010401021540040a010203020106020111430201f4"
    return message(pdu: 0xA4, head: head, bindings: "300e060a2b0601040104010215010500", version: "020100")
  }

  private static func message(pdu: UInt8, head: String, bindings: String, version: String) -> [UInt8] {
    let list = element(0x30, octets(bindings))
    return element(0x30, octets(version) + element(4, Array("public".utf8)) + element(pdu, octets(head) + list))
  }

  private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    precondition(content.count < 65_536, "BUG: a sample that long")
    let length = content.count
    return length < 128
      ? [tag, UInt8(length)] + content : [tag, 0x82, UInt8(length >> 8), UInt8(length & 255)] + content
  }

  private static func octets(_ text: String) -> [UInt8] {
    let digits = Array(text.utf8.filter { $0 != 32 })
    return stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
    }
  }

  /// A sender report with a canonical name.
  static func senderReport() -> [UInt8] {
    octets("80c80006 0000abcd 11112222 33334444 00000001 0000001e 00000960 81ca0003 0000abcd 010463616d37 0000")
  }

  static func discoveryHello() -> [UInt8] {
    Array(
      ("<?xml version=\"1.0\"?><s:Envelope><s:Header><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Hello"
        + "</a:Action></s:Header><s:Body><d:Hello><a:EndpointReference><a:Address>urn:uuid:1</a:Address>"
        + "</a:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>onvif://www.onvif.org/name/Gate"
        + "</d:Scopes><d:XAddrs>http://10.0.0.9/onvif</d:XAddrs></d:Hello></s:Body></s:Envelope>").utf8)
  }
}
