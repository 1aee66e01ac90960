import Telemetry
import Text

/// A series' tags as a rollup table holds them: a JSON object of texts, empty text for none.
enum RollupTags {
  static func text(of tags: [SeriesKey.Tag]) -> String {
    tags.isEmpty ? "" : JSONValue.members(tags.map { ($0.name, .string($0.value)) }).serialized
  }

  /// Reads such a text. What is none says nothing.
  static func tags(of text: String) -> [SeriesKey.Tag] {
    guard !text.isEmpty, let value = try? JSONReader.read(text) else { return [] }
    return value.texts.map { SeriesKey.Tag(name: $0.key, value: $0.value) }.sorted { $0.name < $1.name }
  }
}
