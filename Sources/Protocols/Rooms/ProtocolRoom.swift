/// What the node knows of a protocol: its traits, its settings' keys, how to know it, what it counts.
///
/// What is done with each datagram is its `ProtocolLane`.
public protocol ProtocolRoom {
  static var traits: ProtocolTraits { get }

  /// How much a captured datagram of at least four octets looks like it.
  static func likeness(of datagram: RawSpan) -> ProtocolLikeness

  /// Reads the keys that its listeners have for themselves. The section may be empty: then what holds is what is usual.
  static func read(
    _ section: inout some SettingsSection, into settings: inout ListenerSettings, defaults: SettingsDefaults
  ) throws

  /// What its listeners count beside the ledger. `listeners` are the node's, those of other protocols among them.
  static func figures(of listeners: [ListenerSettings]) -> [ProtocolFigure]

  /// Datagrams from which fuzzing begins: sound ones, odd ones, and the longest and deepest that there are.
  static var seeds: [[UInt8]] { get }
}

extension ProtocolRoom {
  public static func likeness(of datagram: RawSpan) -> ProtocolLikeness { .none }

  public static func read(
    _ section: inout some SettingsSection, into settings: inout ListenerSettings, defaults: SettingsDefaults
  ) throws {}

  public static func figures(of listeners: [ListenerSettings]) -> [ProtocolFigure] { [] }

  public static var seeds: [[UInt8]] { [] }
}

/// How much a datagram looks like a protocol.
public enum ProtocolLikeness: Sendable {
  case none
  /// Its content does not contradict it.
  case possible
  /// Its content alone says so.
  case telling
}
