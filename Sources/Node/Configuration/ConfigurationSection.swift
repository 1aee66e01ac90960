import Primitives
import Protocols
import Sys
import Text
import Yams

/// One mapping of the file: gives out the values of known keys and objects to the rest, each with its line.
struct ConfigurationSection: SettingsSection {
  let file: String
  /// `seal`, `listeners[2]`; empty at the top.
  let name: String
  private let mapping: Node.Mapping
  private var unread: [String: Int]
  private var asked: Set<String> = []
  /// Where faults are gathered; nil if the first one ends it.
  let faults: ConfigurationFaults?

  init(_ node: Node, file: String, name: String, faults: ConfigurationFaults? = nil) throws {
    guard case .mapping(let mapping) = node else {
      throw ConfigurationError(file, line: node.mark?.line, "\(name.isEmpty ? "the file" : name) must be a mapping")
    }
    self.faults = faults
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

  /// Of which nothing is said.
  static var empty: ConfigurationSection { ConfigurationSection() }

  private init() {
    (file, name, mapping, unread, faults) = ("", "", Node.Mapping([]), [:], nil)
  }

  /// The keys that were not asked for yet, sorted.
  var keys: [String] { unread.keys.sorted() }

  private func path(_ key: String) -> String { name.isEmpty ? key : "\(name).\(key)" }

  /// With the key's line, or that of its section where the key is missing.
  func failure(_ key: String, _ cause: String) -> any Error {
    fault(key, cause)
  }

  private func fault(_ key: String, _ cause: String) -> ConfigurationError {
    let line = mapping[Node(key)]?.mark?.line ?? (name.isEmpty ? nil : mapping.mark?.line)
    return ConfigurationError(file, line: line, "\(path(key)): \(cause)")
  }

  /// A fault that leaves the rest readable: gathered, or thrown.
  func note(_ key: String, _ cause: String) throws {
    let fault = fault(key, cause)
    guard let faults else { throw fault }
    faults.add(fault)
  }

  /// A file's or folder's place: relative to the folder of the configuration.
  mutating func place(_ key: String) throws -> String? {
    try text(key).map { Self.place($0, besides: file) }
  }

  static func place(_ path: String, besides file: String) -> String {
    guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
    return String(file[...slash]) + (path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
  }

  mutating func node(_ key: String) -> Node? {
    unread[key] = nil
    asked.insert(key)
    guard let node = mapping[Node(key)] else { return nil }
    if case .scalar(let scalar) = node, scalar.string.isEmpty || scalar.string == "~" { return nil }
    return node
  }

  mutating func section(_ key: String) throws -> ConfigurationSection? {
    try node(key).map { try ConfigurationSection($0, file: file, name: path(key), faults: faults) }
  }

  mutating func text(_ key: String) throws -> String? {
    guard let node = node(key) else { return nil }
    guard case .scalar(let scalar) = node else {
      try note(key, "must be text")
      return nil
    }
    return scalar.string
  }

  /// Each entry of a list, as a mapping.
  mutating func sections(_ key: String) throws -> [ConfigurationSection]? {
    guard let node = node(key) else { return nil }
    guard case .sequence(let sequence) = node else {
      try note(key, "must be a list")
      return nil
    }
    return try sequence.enumerated().map { index, node in
      try ConfigurationSection(node, file: file, name: "\(path(key))[\(index)]", faults: faults)
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

  /// - Parameter auto: what the word `auto` stands for; nil where it stands for nothing.
  mutating func integer(_ key: String, in range: ClosedRange<Int>, auto: Int? = nil) throws -> Int? {
    guard let text = try text(key) else { return nil }
    if let auto, text == "auto" { return auto }
    guard let value = Int(text), range.contains(value) else {
      try note(key, "\(text) is no whole number from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return value
  }

  /// `20ms`, `5m`, `400d`, in nanoseconds.
  mutating func duration(_ key: String, in range: ClosedRange<Int64>) throws -> Int64? {
    guard let text = try text(key) else { return nil }
    guard let nanos = Quantity.durationNanos(text), range.contains(nanos) else {
      try note(key, "\(text) is no length of time that can be used, such as 20ms, 30s, 5m, 1h or 400d")
      return nil
    }
    return nanos
  }

  /// `64MiB`, in bytes.
  mutating func size(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = try text(key) else { return nil }
    guard let bytes = Quantity.byteCount(text), range.contains(bytes) else {
      try note(key, "\(text) is no size that can be used, such as 512KiB or 64MiB")
      return nil
    }
    return bytes
  }

  mutating func timeZone(_ key: String) throws -> TimeZoneRules? {
    guard let name = try text(key) else { return nil }
    if let zone = ConfigurationReader.zone(named: name) { return zone }
    try note(key, "\(name) is no known time zone, such as Asia/Ho_Chi_Minh")
    return nil
  }

  /// To be called when every known key was asked for.
  func rejectUnknownKeys() throws {
    for (key, line) in unread.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
      let question = NearestWord.question(key, among: asked.subtracting(mapping.keys.compactMap(\.string)))
      let fault = ConfigurationError(file, line: line, "\(path(key)): no such key\(question)")
      guard let faults else { throw fault }
      faults.add(fault)
    }
  }
}
