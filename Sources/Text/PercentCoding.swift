import Primitives

/// Percent-encoding (RFC 3986 section 2.1): what may not stand in a name is written `%` and two hexadecimal digits an octet.
public enum PercentCoding {
  /// Letters, digits and `-._~` of ASCII (RFC 3986 section 2.3): what needs no encoding anywhere.
  public static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }

  /// The three octets that stand for one, with digits in upper case.
  public static func encoded(_ byte: UInt8) -> [UInt8] { [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 15)] }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? value + 48 : value + 55 }

  /// The text with every octet encoded that `isPlain` does not let stand; the place goes with it. `%` itself is to be
  /// encoded, or the text does not come back.
  public static func encode(_ text: String, where isPlain: (_ byte: UInt8, _ index: Int) -> Bool) -> String {
    var bytes: [UInt8] = []
    for (index, byte) in text.utf8.enumerated() {
      if isPlain(byte, index) { bytes.append(byte) } else { bytes += encoded(byte) }
    }
    // Only octets below 0x80 should stand as they are; others become U+FFFD rather than broken text.
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The text with every octet encoded that is not unreserved.
  public static func encode(_ text: String) -> String { encode(text) { byte, _ in isUnreserved(byte) } }

  /// Undoes it; nil if a `%` has no two digits behind it, or if what comes out is not UTF-8.
  ///
  /// - Parameter plusIsBlank: `+` stands for a blank, as in a query (`application/x-www-form-urlencoded`).
  public static func decode(_ text: some StringProtocol, plusIsBlank: Bool = false) -> String? {
    octets(text, plusIsBlank: plusIsBlank).flatMap { String(validating: $0, as: UTF8.self) }
  }

  /// The octets that come out, be they UTF-8 or not.
  public static func octets(_ text: some StringProtocol, plusIsBlank: Bool = false) -> [UInt8]? {
    var bytes: [UInt8] = []
    var iterator = text.utf8.makeIterator()
    while let byte = iterator.next() {
      if byte == UInt8(ascii: "%") {
        guard let high = iterator.next().flatMap(Hexadecimal.value),
          let low = iterator.next().flatMap(Hexadecimal.value)
        else { return nil }
        bytes.append(high << 4 | low)
      } else {
        bytes.append(plusIsBlank && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return bytes
  }
}
