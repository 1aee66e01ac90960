import Primitives

/// A syslog message of a simulated device; RFC 5424 and RFC 3164 by turns, some of them in Vietnamese.
struct FleetEvent: Sendable {
  private struct Template {
    let severity: UInt8
    let kind: String
    let app: String
    let message: String
  }

  private static let templates: [Template] = [
    Template(severity: 6, kind: "MOTION", app: "analytics", message: "motion detected, zone 2"),
    Template(severity: 6, kind: "MOTION", app: "analytics", message: "phát hiện chuyển động ở vùng 3"),
    Template(severity: 4, kind: "TAMPER", app: "analytics", message: "ống kính bị che khuất"),
    Template(severity: 3, kind: "STORAGE", app: "recorder", message: "SD card write failed: I/O error, sector 88213"),
    Template(severity: 4, kind: "STORAGE", app: "recorder", message: "thẻ nhớ sắp đầy: còn 3 %"),
    Template(severity: 5, kind: "LINK", app: "netd", message: "eth0: link is up, 100 Mbps, full duplex"),
    Template(severity: 2, kind: "LINK", app: "netd", message: "mất kết nối tới máy chủ ghi hình"),
    Template(
      severity: 5, kind: "LOGIN", app: "httpd", message: "user=\"admin\" src=10.20.0.7 path=\\live action=login"),
    Template(severity: 6, kind: "TIME", app: "ntpd", message: "time synchronised, offset -12 ms"),
    Template(severity: 1, kind: "RESTART", app: "watchdog", message: "khởi động lại do quá nhiệt: 78 °C"),
  ]

  /// Writes one message: `number` counts the device's messages and is in the text, so that no two are equal.
  ///
  /// - Returns: the severity.
  static func append(
    host: String, number: Int, time: UnixNanos, utcOffsetSeconds: Int, random: inout FleetRandom,
    to buffer: inout DatagramBuffer
  ) -> UInt8 {
    let template = templates[Int(random.below(Int64(templates.count)))]
    let process = 100 + Int(random.below(900))
    if number % 2 == 0 {
      SyslogEncoder.append5424(
        facility: 16, severity: template.severity, time: time,
        utcOffsetSeconds: number % 4 == 0 ? 0 : utcOffsetSeconds, host: host, app: template.app,
        process: String(process), messageID: template.kind,
        elements: [
          SyslogEncoder.Element(
            id: "event@32473", parameters: [("number", String(number)), ("zone", "cổng [A] \"bắc\"")])
        ],
        message: template.message, to: &buffer)
    } else {
      SyslogEncoder.append3164(
        facility: 16, severity: template.severity, time: time, utcOffsetSeconds: utcOffsetSeconds, host: host,
        tag: template.app, process: process, message: "\(template.message) #\(number)", to: &buffer)
    }
    return template.severity
  }
}
