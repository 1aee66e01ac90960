import Primitives
import Telemetry
import Text

extension SyslogDecoder {
  /// Appends a message's attributes as one JSON object, only those that were sent, in this order:
  /// ```
  /// {"facility":"local4","hostname":"…","app":"…","procid":"…","msgid":"…","version":1,"sequence":"000123",
  ///  "counter":"237","node":"RP/0/RSP1/CPU0","uptime":"3w2d","clock":"unsynchronised",
  ///  "device_time":"1970-01-01T00:00:30Z",
  ///  "structured_data":{"exampleSDID@32473":{"iut":"3","ip":["192.0.2.1","192.0.2.129"]}}}
  /// ```
  /// `facility` always stands. `device_time` is what the device said where it is not believed;
  /// `octets` are those of a text in another character set, of which the repair loses some. `app` and `procid` are an older message's tag. A parameter that is given more than once
  /// (RFC 5424 section 6.3.3 allows that) becomes an array.
  static func appendAttributes(
    of message: SyslogMessage, _ text: RawSpan, isBodyWhole: Bool = true, to arena: inout Slab<UInt8>
  ) {
    arena.appendText("{\"facility\":\"")
    arena.appendText(facilities[message.facility])
    arena.appendText("\"")
    appendAttribute(",\"hostname\":\"", text, message.hostname, to: &arena)
    appendAttribute(",\"app\":\"", text, message.app, to: &arena)
    appendAttribute(",\"procid\":\"", text, message.processID, to: &arena)
    appendAttribute(",\"msgid\":\"", text, message.messageID, to: &arena)
    if !message.version.isEmpty {
      // Digits without a leading zero: a number as they stand.
      arena.appendText(",\"version\":")
      arena.append(contentsOf: text.extracting(message.version))
    }
    appendAttribute(",\"sequence\":\"", text, message.sequence, to: &arena)
    appendAttribute(",\"counter\":\"", text, message.counter, to: &arena)
    appendAttribute(",\"node\":\"", text, message.node, to: &arena)
    appendAttribute(",\"uptime\":\"", text, message.upTime, to: &arena)
    if message.isUnsynchronised { arena.appendText(",\"clock\":\"unsynchronised\"") }
    if let said = message.doubted {
      arena.appendText(",\"device_time\":\"")
      arena.append(contentsOf: RFC3339.octets(seconds: said.seconds, nanos: said.fractionNanos).bytes)
      arena.appendText("\"")
    }
    if !isBodyWhole {
      arena.appendText(",\"octets\":\"")
      arena.appendHex(text.extracting(min(message.textStart, text.byteCount)..<text.byteCount))
      arena.appendText("\"")
    }
    if !message.structuredData.isEmpty {
      arena.appendText(",\"structured_data\":")
      appendStructuredData(text, message.structuredData, to: &arena)
    }
    arena.appendText("}")
  }

  private static func appendAttribute(
    _ head: StaticString, _ text: RawSpan, _ value: Range<Int>, to arena: inout Slab<UInt8>
  ) {
    if value.isEmpty { return }
    arena.appendText(head)
    arena.appendJSON(text.extracting(value))
    arena.appendText("\"")
  }

  private static func appendStructuredData(_ text: RawSpan, _ range: Range<Int>, to arena: inout Slab<UInt8>) {
    var at = range.lowerBound
    while at < range.upperBound {
      arena.appendText(at == range.lowerBound ? "{\"" : ",\"")
      let id = SyslogStructuredData.name(text, from: at + 1)
      arena.appendJSON(text.extracting(id))
      arena.appendText("\":{")
      let parameters = SyslogParameters(text, from: id.upperBound)
      for index in 0..<parameters.count {
        // A repeated one was written with its first namesake.
        if parameters.namesake(of: index, from: 0, text) != index { continue }
        arena.appendText(index == 0 ? "\"" : ",\"")
        arena.appendJSON(text.extracting(parameters.name(index)))
        arena.appendText("\":")
        appendValues(of: parameters, from: index, text, to: &arena)
      }
      arena.appendText("}")
      at = SyslogTime.afterSpaces(text, parameters.end) + 1
    }
    arena.appendText("}")
  }

  /// The value, or an array of it and of those of its namesakes behind it.
  private static func appendValues(
    of parameters: SyslogParameters, from index: Int, _ text: RawSpan, to arena: inout Slab<UInt8>
  ) {
    var next = parameters.namesake(of: index, from: index + 1, text)
    let isArray = next != nil
    arena.appendText(isArray ? "[\"" : "\"")
    arena.appendJSON(text.extracting(parameters.value(index)), unescaping: true)
    while let other = next {
      arena.appendText("\",\"")
      arena.appendJSON(text.extracting(parameters.value(other)), unescaping: true)
      next = parameters.namesake(of: index, from: other + 1, text)
    }
    arena.appendText(isArray ? "\"]" : "\"")
  }

  /// RFC 5424 table 1, in the names of syslog.h where it has some.
  private static let facilities: InlineArray<24, StaticString> = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
  ]
}
