import Primitives
import Text

/// Names from the wire as names of folders and columns, and back.
public enum PathName {
  /// Percent-encodes what is not a letter, digit, `-`, `_` or `.` of ASCII, a first character that would hide the
  /// name (`.`, `_`) and the first character of a `reserved` name. Names longer than a folder's may be keep their
  /// first bytes and end in their hash.
  static func encode(_ name: String, reserved: Set<String>) -> String {
    if name.isEmpty { return "%" }
    let isReserved = reserved.contains(name.lowercased())
    let result = PercentCoding.encode(name) { byte, index in
      switch byte {
      case UInt8(ascii: "~"): false
      case UInt8(ascii: "_"), UInt8(ascii: "."): index > 0
      default: PercentCoding.isUnreserved(byte) && !(index == 0 && isReserved)
      }
    }
    if result.utf8.count <= Limits.folderNameBytes { return result }
    let hash = Fingerprint(name.utf8).value
    var head = String(decoding: result.utf8.prefix(Limits.folderNameBytes - 20), as: UTF8.self)
    while let last = head.lastIndex(of: "%"), head.distance(from: last, to: head.endIndex) < 3 {
      head = String(head[..<last])
    }
    return head + "~" + String(hash, radix: 16)
  }

  /// The name that `encode` was given, as long as it was not cut.
  static func decode(_ encoded: String) -> String {
    // What was cut may end within a character.
    encoded == "%" ? "" : PercentCoding.octets(encoded).map { String(decoding: $0, as: UTF8.self) } ?? encoded
  }
}
