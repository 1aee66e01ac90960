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
}
