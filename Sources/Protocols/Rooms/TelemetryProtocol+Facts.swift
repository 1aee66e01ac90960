public import Telemetry

/// What follows from the rooms.
extension TelemetryProtocol {
  /// Its name in configuration, ledger and metrics.
  public var name: String { "\(self)" }

  /// nil if no protocol is called so.
  public init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  public var traits: ProtocolTraits { room.traits }

  /// Those that come in datagrams: all but an interface, where any of them may come by.
  public static let spoken = allCases.filter { !$0.traits.overhearsOthers }

  /// For what its datagrams and rows may be refused, in the order of the codes.
  public var reasons: [NamedReason] {
    if traits.overhearsOthers { return RejectReason.named }
    let shared = Self.laneReasons + traits.sharedReasons
    return RejectReason.shared.filter { shared.contains($0.reason) } + traits.reasons
  }

  /// What a lane and its row writing may refuse, whatever the protocol.
  private static let laneReasons: [RejectReason] = [
    .truncated, .sourceNotAllowed, .unknownDevice, .nameTooLong, .badName, .reservedName, .textTooLong, .expired,
  ]

  /// What the node's own rows may be refused for.
  public static let ownReasons = RejectReason.shared.filter { laneReasons.contains($0.reason) }

  /// What the events of all protocols are called, as far as it is known ahead.
  public static let eventKinds = allCases.flatMap(\.traits.eventKinds)

  /// Reads the keys of a listener that are its protocol's; an interface takes those of all protocols.
  public func read(
    _ section: inout some SettingsSection, into settings: inout ListenerSettings, defaults: SettingsDefaults
  ) throws {
    if traits.overhearsOthers {
      for other in Self.spoken { try other.room.read(&section, into: &settings, defaults: defaults) }
    }
    try room.read(&section, into: &settings, defaults: defaults)
  }

  /// What the listeners count beside the ledger, of every protocol.
  public static func figures(of listeners: [ListenerSettings]) -> [ProtocolFigure] {
    allCases.flatMap { $0.room.figures(of: listeners) }
  }
}

/// Some of the protocols.
struct ProtocolSet {
  private let bits: UInt64

  init(where isIn: (ProtocolTraits) -> Bool) {
    bits = TelemetryProtocol.allCases.reduce(0) { isIn($1.traits) ? $0 | 1 << UInt64($1.rawValue) : $0 }
  }

  @inline(__always)
  func contains(_ kind: TelemetryProtocol) -> Bool { bits >> UInt64(kind.rawValue) & 1 == 1 }
}
