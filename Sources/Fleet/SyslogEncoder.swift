public import Primitives
import Text

/// Syslog messages: RFC 5424, and RFC 3164 as cameras send it. Over UDP one datagram is one message (RFC 5426).
public enum SyslogEncoder {
  /// One structured data element (RFC 5424 section 6.3).
  public struct Element: Sendable {
    /// The id, such as `origin` or `event@32473`.
    public var id: String
    /// Names, and values that are escaped when written.
    public var parameters: [(name: String, value: String)]

    /// An element of any number of parameters, each name at most 32 printable ASCII characters.
    public init(id: String, parameters: [(name: String, value: String)]) {
      self.id = id
      self.parameters = parameters
    }
  }

  /// `<PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID SD MSG` (RFC 5424 section 6). Empty names and a nil time are
  /// written as NILVALUE. A message that is not ASCII gets the byte order mark that section 6.4 asks for.
  ///
  /// - Parameter utcOffsetSeconds: the zone that the time is written in; 0 is written `Z`.
  public static func append5424(
    facility: UInt8, severity: UInt8, time: UnixNanos?, utcOffsetSeconds: Int = 0, host: String, app: String,
    process: String = "", messageID: String = "", elements: [Element] = [], message: String,
    to buffer: inout DatagramBuffer
  ) {
    appendPriority(facility: facility, severity: severity, to: &buffer)
    buffer.append("1 ")
    if let time {
      buffer.append(RFC3339.octets(time, .milliseconds, offsetSeconds: utcOffsetSeconds).bytes)
    } else {
      buffer.append(UInt8(ascii: "-"))
    }
    for name in [host, app, process, messageID] {
      buffer.append(UInt8(ascii: " "))
      buffer.append(name.isEmpty ? "-" : name)
    }
    buffer.append(UInt8(ascii: " "))
    appendElements(elements, to: &buffer)
    if message.isEmpty { return }
    buffer.append(UInt8(ascii: " "))
    if message.utf8.contains(where: { $0 >= 0x80 }) { buffer.append([0xEF, 0xBB, 0xBF]) }
    buffer.append(message)
  }

  /// `<PRI>Nov  5 07:08:09 HOST TAG[PID]: message` (RFC 3164 section 4.1): local time, no year, no zone.
  public static func append3164(
    facility: UInt8, severity: UInt8, time: UnixNanos, utcOffsetSeconds: Int, host: String, tag: String,
    process: Int?, message: String, to buffer: inout DatagramBuffer
  ) {
    appendPriority(facility: facility, severity: severity, to: &buffer)
    let civil = CivilTime(time, utcOffsetSeconds: utcOffsetSeconds)
    buffer.append(monthNames[civil.date.month - 1])
    buffer.append(civil.date.day < 10 ? "  " : " ")
    buffer.append(decimal: UInt64(civil.date.day))
    buffer.append(UInt8(ascii: " "))
    appendClock(civil, to: &buffer)
    buffer.append(" \(host) \(tag)")
    if let process { buffer.append("[\(process)]") }
    buffer.append(": ")
    buffer.append(message)
  }

  private static let monthNames = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func appendPriority(facility: UInt8, severity: UInt8, to buffer: inout DatagramBuffer) {
    precondition(facility < 24 && severity < 8, "BUG: a syslog priority of facility \(facility), severity \(severity)")
    buffer.append(UInt8(ascii: "<"))
    buffer.append(decimal: UInt64(facility) * 8 + UInt64(severity))
    buffer.append(UInt8(ascii: ">"))
  }

  private static func appendClock(_ civil: CivilTime, to buffer: inout DatagramBuffer) {
    buffer.append(decimal: UInt64(civil.secondOfDay / 3_600), width: 2)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(decimal: UInt64(civil.secondOfDay / 60 % 60), width: 2)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(decimal: UInt64(civil.secondOfDay % 60), width: 2)
  }

  /// Structured data; quote, backslash and closing bracket escaped in values (RFC 5424 section 6.3.3).
  private static func appendElements(_ elements: [Element], to buffer: inout DatagramBuffer) {
    if elements.isEmpty { buffer.append(UInt8(ascii: "-")) }
    for element in elements {
      buffer.append(UInt8(ascii: "["))
      buffer.append(element.id)
      for parameter in element.parameters {
        buffer.append(" \(parameter.name)=\"")
        for byte in parameter.value.utf8 {
          if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "]") {
            buffer.append(UInt8(ascii: "\\"))
          }
          buffer.append(byte)
        }
        buffer.append(UInt8(ascii: "\""))
      }
      buffer.append(UInt8(ascii: "]"))
    }
  }
}
