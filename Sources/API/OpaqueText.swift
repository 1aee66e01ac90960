import HTTPTypes
import Lagoon

/// Text as a cursor that says nothing to who holds it: two hexadecimal digits a byte.
enum OpaqueText {
  static func encode(_ text: String) -> String {
    text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  static func decode(_ text: some StringProtocol) -> String? {
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard digits[index] != UInt8(ascii: "+"), digits[index] != UInt8(ascii: "-"),
        let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

extension LatestQuery.Place {
  var cursor: String { OpaqueText.encode(device) + "." + OpaqueText.encode(measurement) }

  init?(cursor: String) {
    let parts = cursor.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let device = OpaqueText.decode(parts[0]), let measurement = OpaqueText.decode(parts[1])
    else { return nil }
    self.init(device: device, measurement: measurement)
  }
}

extension HTTPField.Name {
  /// Where an answer without room for it says where the next page begins.
  static let nextCursor = HTTPField.Name("Next-Cursor")!
}
