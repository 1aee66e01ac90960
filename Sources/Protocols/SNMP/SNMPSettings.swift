/// What a node's SNMP listeners know: who may send, what identifiers are called, and who we are.
public struct SNMPSettings: Sendable {
  /// Communities that are taken; empty for all.
  public var communities: [[UInt8]] = []
  /// Users of v3. While there are none, messages without authentication are taken from anybody.
  public var users: [SNMPUser] = []
  public var dictionary = SNMPDictionary([])
  /// Our own engine (RFC 3411 section 5): authoritative for informs.
  public var engine: SNMPEngine
  public var tally = SNMPTally()
  /// How the clocks of the engines go that are heard.
  let clocks = DeviceClocks()

  public init(engine: SNMPEngine = SNMPEngine(id: [], boots: 1)) {
    self.engine = engine
  }
}

/// An SNMP engine of ours, as it was at the start of the process.
public struct SNMPEngine: Sendable, Hashable {
  public var id: [UInt8]
  /// How often the node was started; what RFC 3414 calls snmpEngineBoots.
  public var boots: Int64

  public init(id: [UInt8], boots: Int64) {
    self.id = id
    self.boots = boots
  }
}
