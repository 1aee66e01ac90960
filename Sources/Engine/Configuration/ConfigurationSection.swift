import Yams

/// One mapping of the file: gives out the values of known keys and objects to the rest, each with its line.
struct ConfigurationSection {
  let file: String
  /// `seal`, `listeners[2]`; empty at the top.
  let name: String
  private let mapping: Node.Mapping
  private var unread: [String: Int]

  init(_ node: Node, file: String, name: String) throws {
    guard case .mapping(let mapping) = node else {
      throw ConfigurationError(file, line: node.mark?.line, "\(name.isEmpty ? "the file" : name) must be a mapping")
    }
    self.file = file
    self.name = name
    self.mapping = mapping
    unread = [:]
    for (key, _) in mapping {
      guard let text = key.string else {
        throw ConfigurationError(file, line: key.mark?.line, "a key must be text")
      }
      unread[text] = key.mark?.line ?? 0
    }
  }

  /// The keys that were not asked for yet, sorted.
  var keys: [String] { unread.keys.sorted() }

  private func path(_ key: String) -> String { name.isEmpty ? key : "\(name).\(key)" }

  /// With the key's line, or that of its section where the key is missing.
  func failure(_ key: String, _ cause: String) -> ConfigurationError {
    let line = mapping[Node(key)]?.mark?.line ?? (name.isEmpty ? nil : mapping.mark?.line)
    return ConfigurationError(file, line: line, "\(path(key)): \(cause)")
  }

  mutating func node(_ key: String) -> Node? {
    unread[key] = nil
    guard let node = mapping[Node(key)] else { return nil }
    if case .scalar(let scalar) = node, scalar.string.isEmpty || scalar.string == "~" { return nil }
    return node
  }

  mutating func section(_ key: String) throws -> ConfigurationSection? {
    try node(key).map { try ConfigurationSection($0, file: file, name: path(key)) }
  }

  mutating func text(_ key: String) throws -> String? {
    guard let node = node(key) else { return nil }
    guard case .scalar(let scalar) = node else { throw failure(key, "must be text") }
    return scalar.string
  }

  /// Each entry of a list, as a mapping.
  mutating func sections(_ key: String) throws -> [ConfigurationSection]? {
    guard let node = node(key) else { return nil }
    guard case .sequence(let sequence) = node else { throw failure(key, "must be a list") }
    return try sequence.enumerated().map { index, node in
      try ConfigurationSection(node, file: file, name: "\(path(key))[\(index)]")
    }
  }

  mutating func texts(_ key: String) throws -> [String]? {
    guard let node = node(key) else { return nil }
    guard case .sequence(let sequence) = node else { throw failure(key, "must be a list") }
    return try sequence.map { node in
      guard case .scalar(let scalar) = node else { throw failure(key, "must be a list of texts") }
      return scalar.string
    }
  }

  mutating func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = try text(key) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw failure(key, "\(text) is no whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// `20ms`, `5m`, `400d`, in nanoseconds.
  mutating func duration(_ key: String, in range: ClosedRange<Int64>) throws -> Int64? {
    guard let text = try text(key) else { return nil }
    guard let nanos = Quantity.durationNanos(text), range.contains(nanos) else {
      throw failure(key, "\(text) is no length of time that can be used, such as 20ms, 30s, 5m, 1h or 400d")
    }
    return nanos
  }

  /// `64MiB`, in bytes.
  mutating func size(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = try text(key) else { return nil }
    guard let bytes = Quantity.byteCount(text), range.contains(bytes) else {
      throw failure(key, "\(text) is no size that can be used, such as 512KiB or 64MiB")
    }
    return bytes
  }

  /// To be called when every known key was asked for.
  func rejectUnknownKeys() throws {
    guard let (key, line) = unread.min(by: { $0.value < $1.value }) else { return }
    throw ConfigurationError(file, line: line, "\(path(key)): no such key")
  }
}
