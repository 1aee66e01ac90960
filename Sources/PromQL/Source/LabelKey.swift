/// Octets that are equal where labels are equal: by them series are grouped and find each other.
struct LabelKey: Hashable, Sendable {
  private var octets: [UInt8] = []

  /// All labels.
  init(_ labels: Labels) {
    octets.reserveCapacity(128)
    for entry in labels.entries { append(entry) }
  }

  /// The labels of these names, or all but these and the metric's name.
  init(_ labels: Labels, on names: [String], isOn: Bool) {
    for entry in labels.entries {
      let isNamed = names.contains(entry.name)
      if isOn ? isNamed : !isNamed && entry.name != Label.nameOfMetrics { append(entry) }
    }
  }

  /// The labels with one more.
  mutating func append(_ entry: Label) {
    octets.append(contentsOf: entry.name.utf8)
    octets.append(0xFF)
    octets.append(contentsOf: entry.value.utf8)
    octets.append(0xFE)
  }

  /// Conditions of a selector.
  init(_ matchers: [LabelMatcher]) {
    for text in matchers.map(\.description).sorted() {
      octets.append(contentsOf: text.utf8)
      octets.append(0xFF)
    }
  }
}
