/// What tells a series from others: labels in the order of their names, none of them empty.
public struct Labels: Hashable, Sendable {
  public private(set) var entries: [Label]

  /// No label at all.
  public init() {
    entries = []
  }

  /// Sorts them, and leaves out those without a value. A name must not stand there twice.
  public init(_ entries: some Sequence<Label>) {
    self.entries = entries.filter { !$0.value.isEmpty }.sorted { $0.name < $1.name }
  }

  /// The value; "" if there is no such label.
  public subscript(name: String) -> String {
    for entry in entries where entry.name == name { return entry.value }
    return ""
  }

  /// With the label set, or without it if the value is empty.
  func setting(_ name: String, _ value: String) -> Labels {
    var out = self
    if let index = entries.firstIndex(where: { $0.name >= name }) {
      if entries[index].name == name { out.entries.remove(at: index) }
      if !value.isEmpty { out.entries.insert(Label(name, value), at: index) }
    } else if !value.isEmpty {
      out.entries.append(Label(name, value))
    }
    return out
  }

  /// Without the metric's name.
  var nameless: Labels {
    guard let index = entries.firstIndex(where: { $0.name == Label.nameOfMetrics }) else { return self }
    var out = self
    out.entries.remove(at: index)
    return out
  }

  func keeping(_ names: [String]) -> Labels {
    var out = Labels()
    for entry in entries where names.contains(entry.name) { out.entries.append(entry) }
    return out
  }

  func dropping(_ names: [String]) -> Labels {
    var out = Labels()
    for entry in entries where !names.contains(entry.name) { out.entries.append(entry) }
    return out
  }

  public static func == (a: Labels, b: Labels) -> Bool {
    // Octets count, not what Unicode holds to be the same.
    a.entries.count == b.entries.count
      && zip(a.entries, b.entries).allSatisfy {
        $0.name == $1.name && $0.value.utf8.elementsEqual($1.value.utf8)
      }
  }

  public func hash(into hasher: inout Hasher) {
    for entry in entries {
      hasher.combine(entry.name)
      for octet in entry.value.utf8 { hasher.combine(octet) }
    }
  }
}

extension Labels: Comparable {
  public static func < (a: Labels, b: Labels) -> Bool {
    for (left, right) in zip(a.entries, b.entries) {
      if left.name != right.name { return left.name < right.name }
      if left.value != right.value { return left.value < right.value }
    }
    return a.entries.count < b.entries.count
  }
}

extension Labels: CustomStringConvertible {
  /// `{a="b", c="d"}`
  public var description: String {
    "{" + entries.map { "\($0.name)=\($0.value.quoted)" }.joined(separator: ", ") + "}"
  }
}
