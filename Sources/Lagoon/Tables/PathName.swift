/// Names from the wire as names of folders and columns, and back.
public enum PathName {
  /// Percent-encodes what is not a letter, digit, `-`, `_` or `.` of ASCII, a first character that would hide the
  /// name (`.`, `_`) and the first character of a `reserved` name. Names longer than a folder's may be keep their
  /// first bytes and end in their hash.
  static func encode(_ name: String, reserved: Set<String>) -> String {
    if name.isEmpty { return "%" }
    let isReserved = reserved.contains(name.lowercased())
    var result = ""
    for (index, byte) in name.utf8.enumerated() {
      let plain =
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
          !(index == 0 && isReserved)
        case UInt8(ascii: "_"), UInt8(ascii: "."): index > 0
        default: false
        }
      if plain {
        result.append(Character(Unicode.Scalar(byte)))
      } else {
        result += percent(byte)
      }
    }
    if result.utf8.count <= 200 { return result }
    let hash = Fingerprint(name.utf8).value
    var head = String(decoding: result.utf8.prefix(180), as: UTF8.self)
    while let last = head.lastIndex(of: "%"), head.distance(from: last, to: head.endIndex) < 3 {
      head = String(head[..<last])
    }
    return head + "~" + String(hash, radix: 16)
  }

  /// The name that `encode` was given, as long as it was not cut.
  static func decode(_ encoded: String) -> String {
    var bytes: [UInt8] = []
    var iterator = Array(encoded.utf8)[...]
    while let byte = iterator.popFirst() {
      let pair = iterator.prefix(2)
      if byte == UInt8(ascii: "%"), pair.count == 2,
        let value = UInt8(String(decoding: pair, as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        iterator = iterator.dropFirst(2)
      } else if byte != UInt8(ascii: "%") {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func percent(_ byte: UInt8) -> String {
    let digits = Array("0123456789ABCDEF")
    return "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
  }
}
