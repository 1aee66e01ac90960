import HTTPTypes
import Lagoon
import Primitives
import Telemetry

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
  /// Device, measurement, and each tag's name and value.
  var cursor: String {
    ([device, measurement] + tags.flatMap { [$0.name, $0.value] }).map(OpaqueText.encode).joined(separator: ".")
  }

  init?(cursor: String) {
    let texts = cursor.split(separator: ".", omittingEmptySubsequences: false).map { OpaqueText.decode($0) }
    let known = texts.compactMap { $0 }
    guard known.count == texts.count, known.count >= 2, known.count % 2 == 0 else { return nil }
    let tags = stride(from: 2, to: known.count, by: 2).map { SeriesKey.Tag(name: known[$0], value: known[$0 + 1]) }
    self.init(device: known[0], measurement: known[1], tags: tags)
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
