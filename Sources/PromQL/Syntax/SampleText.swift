/// Numbers as Prometheus writes them.
public enum SampleText {
  /// As values stand in answers: all digits that are needed, never an exponent.
  public static func plain(_ value: Double) -> String {
    if let special = special(value) { return special }
    let (digits, point) = shortest(value.magnitude)
    let sign = value.sign == .minus ? "-" : ""
    if point <= 0 {
      return digits == "0" ? sign + "0" : sign + "0." + String(repeating: "0", count: -point) + digits
    }
    if point >= digits.utf8.count { return sign + digits + String(repeating: "0", count: point - digits.utf8.count) }
    return sign + digits.prefix(point) + "." + digits.dropFirst(point)
  }

  /// As numbers stand in printed expressions: with an exponent where they are large or small.
  public static func literal(_ value: Double) -> String {
    if let special = special(value) { return special }
    let (digits, point) = shortest(value.magnitude)
    let exponent = point - 1
    if value == 0 || exponent >= -4 && exponent < 6 { return plain(value) }
    let rest = digits.dropFirst()
    let magnitude = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
    return (value.sign == .minus ? "-" : "") + digits.prefix(1) + (rest.isEmpty ? "" : "." + rest)
      + "e\(exponent < 0 ? "-" : "+")" + magnitude
  }

  /// With six places, as some messages show numbers.
  static func sixPlaces(_ value: Double) -> String {
    guard value.magnitude < 1e12 else { return plain(value) }
    let millionths = Int((value.magnitude * 1e6).rounded())
    let rest = String(millionths % 1_000_000)
    let sign = value.sign == .minus ? "-" : ""
    return "\(sign)\(millionths / 1_000_000)." + String(repeating: "0", count: 6 - rest.count) + rest
  }

  private static func special(_ value: Double) -> String? {
    if value.isNaN { return "NaN" }
    return value.isInfinite ? (value < 0 ? "-Inf" : "+Inf") : nil
  }

  /// The fewest digits that name a number, without zeros at either end, and where its point stands before or in them.
  private static func shortest(_ value: Double) -> (digits: String, point: Int) {
    if value == 0 { return ("0", 0) }
    var mantissa = Substring(value.description)
    var exponent = 0
    if let mark = mantissa.firstIndex(of: "e") {
      exponent = Int(mantissa[mantissa.index(after: mark)...]) ?? 0
      mantissa = mantissa[..<mark]
    }
    var point = exponent
    var digits: [UInt8] = []
    var isBehindPoint = false
    for octet in mantissa.utf8 {
      if octet == UInt8(ascii: ".") {
        isBehindPoint = true
      } else {
        digits.append(octet)
        if !isBehindPoint { point += 1 }
      }
    }
    while digits.count > 1, digits.last == 48 { digits.removeLast() }
    while digits.count > 1, digits.first == 48 {
      digits.removeFirst()
      point -= 1
    }
    return (String(decoding: digits, as: UTF8.self), point)
  }
}
