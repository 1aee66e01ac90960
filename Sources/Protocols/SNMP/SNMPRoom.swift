import Sys
import Telemetry

/// SNMP traps and informs, v1, v2c and v3.
public enum SNMPRoom: ProtocolRoom {
  public static let traits: ProtocolTraits = {
    var traits = ProtocolTraits(page: "docs/protocols/snmp.md")
    traits.defaultPort = 5162
    traits.wellKnownPorts = [162, 161]
    traits.listensByDefault = true
    traits.yieldsEvents = true
    traits.eventKinds = ["snmp", "snmp.unidentified"]
    traits.answersSenders = true
    traits.reasons = reasons
    traits.sharedReasons = [.integerOutOfRange, .notANumber, .duplicateMessage]
    return traits
  }()

  /// A SEQUENCE of the datagram's length that begins with a version.
  public static func likeness(of datagram: RawSpan) -> ProtocolLikeness {
    if datagram.octet(0) != BERElement.sequence { return .none }
    var outer = BERReader(0..<datagram.byteCount)
    guard let whole = outer.next(in: datagram) else { return .possible }
    var inside = BERReader(whole.content)
    guard let version = inside.nextInteger(in: datagram), version == 0 || version == 1 || version == 3,
      let second = inside.next(in: datagram)
    else { return .possible }
    return second.tag == (version == 3 ? BERElement.sequence : BERElement.octetString) ? .telling : .possible
  }

  /// Where mappings of identifiers are looked for if no place is named.
  private static let usualMappings = "configs/snmp"

  public static func read(
    _ section: inout some SettingsSection, into settings: inout ListenerSettings, defaults: SettingsDefaults
  ) throws {
    settings.snmp.communities = (try section.texts("communities") ?? []).map { Array($0.utf8) }
    if let path = try section.place("users") { settings.snmp.users = try SNMPFiles.users(path, by: section) }
    if let path = try section.place("mappings") {
      settings.snmp.dictionary = try SNMPFiles.dictionary(path, by: section)
    } else if FileSystem.exists(usualMappings) {
      settings.snmp.dictionary = try SNMPFiles.dictionary(usualMappings, by: section)
    }
  }

  public static func figures(of listeners: [ListenerSettings]) -> [ProtocolFigure] {
    var all: [SNMPTally.RefusedEngine: UInt64] = [:]
    for listener in listeners { all.merge(listener.snmp.tally.snapshot.refusedEngines, uniquingKeysWith: +) }
    let sorted = all.sorted { ($0.key.engine, $0.key.reason.rawValue) < ($1.key.engine, $1.key.reason.rawValue) }
    return [
      ProtocolFigure(
        "snmp_refused", help: "SNMP messages of version 3 that were refused, by engine.",
        samples: sorted.map { .init($0.value, [("engine", $0.key.engine), ("reason", $0.key.reason.label)]) }),
      ProtocolFigure(
        "snmp_clocks_left_out", help: "Times of SNMP engines that say nothing of their clocks for lack of room.",
        samples: listeners.filter { $0.telemetryProtocol == .snmp || $0.telemetryProtocol.traits.overhearsOthers }
          .map { .init($0.snmp.clocks.leftOut, [("listener", $0.name)]) }),
    ]
  }
}
