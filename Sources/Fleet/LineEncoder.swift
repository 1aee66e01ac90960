/// InfluxDB line protocol: `measurement,tag=value field=1.5,other=2i 1795176000000000000`.
///
/// Names and tag values are escaped once, by the static functions, and kept; a row is then plain appends.
public enum LineEncoder {
  /// A measurement as it stands on the wire: comma and space escaped. Nil if the protocol cannot say it.
  public static func measurement(_ name: String) -> [UInt8]? {
    escape(name, special: [UInt8(ascii: ","), UInt8(ascii: " ")])
  }

  /// A tag key, tag value or field key as it stands on the wire: comma, equals sign and space escaped. Nil if the
  /// protocol cannot say it.
  public static func key(_ name: String) -> [UInt8]? {
    escape(name, special: [UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: " ")])
  }

  /// A line has no escape for a line end, nor for a backslash that stands before a special character or at the end.
  private static func escape(_ name: String, special: [UInt8]) -> [UInt8]? {
    var out: [UInt8] = []
    var afterBackslash = false
    for byte in name.utf8 {
      if byte == 0 || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { return nil }
      let isSpecial = special.contains(byte)
      if afterBackslash && (isSpecial || byte == UInt8(ascii: "\\")) { return nil }
      if isSpecial { out.append(UInt8(ascii: "\\")) }
      out.append(byte)
      afterBackslash = byte == UInt8(ascii: "\\")
    }
    return out.isEmpty || afterBackslash || out[0] == UInt8(ascii: "#") ? nil : out
  }

  /// `measurement,key=value` for each tag in the order given, then the space before the fields: the part of a line
  /// that a device repeats. Nil if a name cannot be said.
  public static func head(measurement name: String, tags: [(key: String, value: String)]) -> [UInt8]? {
    guard var out = measurement(name) else { return nil }
    for tag in tags {
      guard let tagKey = key(tag.key), let tagValue = key(tag.value) else { return nil }
      out.append(UInt8(ascii: ","))
      out += tagKey
      out.append(UInt8(ascii: "="))
      out += tagValue
    }
    out.append(UInt8(ascii: " "))
    return out
  }

  /// The separator before any field but the first, the field's key and the equals sign.
  public static func appendKey(_ key: [UInt8], isFirst: Bool, to buffer: inout DatagramBuffer) {
    if !isFirst { buffer.append(UInt8(ascii: ",")) }
    buffer.append(key)
    buffer.append(UInt8(ascii: "="))
  }

  /// A float with exactly `scale` decimals.
  public static func appendDecimal(units: Int64, scale: Int, to buffer: inout DatagramBuffer) {
    buffer.append(units: units, scale: scale)
  }

  /// An integer, `12i`.
  public static func appendInteger(_ value: Int64, to buffer: inout DatagramBuffer) {
    buffer.append(signed: value)
    buffer.append(UInt8(ascii: "i"))
  }

  /// A boolean, `true` or `false`.
  public static func appendBoolean(_ value: Bool, to buffer: inout DatagramBuffer) {
    buffer.append(value ? "true" : "false")
  }

  /// A string in quotes; quote and backslash escaped.
  public static func appendString(_ value: some Sequence<UInt8>, to buffer: inout DatagramBuffer) {
    let quote = UInt8(ascii: "\"")
    let backslash = UInt8(ascii: "\\")
    buffer.append(quote)
    for byte in value {
      if byte == quote || byte == backslash { buffer.append(backslash) }
      buffer.append(byte)
    }
    buffer.append(quote)
  }

  /// The space, the time in nanoseconds and the line end.
  public static func appendTime(_ nanos: Int64, to buffer: inout DatagramBuffer) {
    buffer.append(UInt8(ascii: " "))
    buffer.append(signed: nanos)
    buffer.append(UInt8(ascii: "\n"))
  }
}
