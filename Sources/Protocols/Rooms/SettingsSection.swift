public import Primitives

/// One mapping of a configuration, from which a room reads the keys that it knows. What reads the file knows its form.
public protocol SettingsSection {
  /// The keys that were not asked for yet, sorted.
  var keys: [String] { get }

  mutating func text(_ key: String) throws -> String?
  /// A list of texts.
  mutating func texts(_ key: String) throws -> [String]?
  /// A file's or folder's place: relative to the folder of the configuration.
  mutating func place(_ key: String) throws -> String?
  /// `20ms`, `5m`, `400d`, in nanoseconds.
  mutating func duration(_ key: String, in range: ClosedRange<Int64>) throws -> Int64?
  /// The rules of a time zone that is named.
  mutating func timeZone(_ key: String) throws -> TimeZoneRules?
  mutating func section(_ key: String) throws -> Self?
  /// Each entry of a list, as a mapping.
  mutating func sections(_ key: String) throws -> [Self]?

  /// A fault, with the place of the key.
  func failure(_ key: String, _ cause: String) -> any Error
  /// A fault that leaves the rest readable.
  func note(_ key: String, _ cause: String) throws
  /// To be called when every known key was asked for.
  func rejectUnknownKeys() throws

  /// Another file that is one mapping.
  func file(_ path: String) throws -> Self
  /// Another file that is a list of mappings, of `what`.
  func entries(ofFile path: String, _ what: String) throws -> [Self]
  /// A fault of another file.
  func failure(ofFile path: String, _ cause: String) -> any Error
}

/// What holds in a listener where the node says it for all.
public struct SettingsDefaults: Sendable {
  /// Of times that name no zone.
  public var zone: TimeZoneRules

  public init(zone: TimeZoneRules) {
    self.zone = zone
  }
}
