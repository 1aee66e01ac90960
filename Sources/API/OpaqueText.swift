import HTTPTypes
import Lagoon
import Primitives

/// Text as a cursor that says nothing to who holds it: two hexadecimal digits a byte.
enum OpaqueText {
  static func encode(_ text: String) -> String {
    Hexadecimal.text(text.utf8)
  }

  static func decode(_ text: some StringProtocol) -> String? {
    guard !text.hasPrefix("0x"), let bytes = Hexadecimal.octets(text) else { return nil }
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
  /// Where a client of the stream stood.
  static let lastEventID = HTTPField.Name("Last-Event-ID")!
  /// The tables that an answer lacks something of.
  static let missingTables = HTTPField.Name("Missing-Tables")!
  /// Where an answer without room for it says where the next page begins.
  static let nextCursor = HTTPField.Name("Next-Cursor")!
}
