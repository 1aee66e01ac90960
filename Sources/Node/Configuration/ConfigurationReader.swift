import Intake
public import Primitives
import Protocols
import Sys
import Telemetry
import Yams

/// Reads a configuration file. Every key has a default; a key that is not known is an error with its line.
public enum ConfigurationReader {
  /// A node that was told nothing.
  public static func defaults() throws -> Configuration {
    var configuration = withoutListeners()
    configuration.listeners = try defaultListeners(zone: configuration.zone)
    return configuration
  }

  private static func withoutListeners() -> Configuration {
    var configuration = Configuration()
    configuration.zone = zone(named: configuration.zoneName) ?? configuration.zone
    return configuration
  }

  /// Reads a configuration; throws everything that is wrong with it, a line each.
  public static func read(_ text: String, file: String) throws -> Configuration {
    let (configuration, faults) = examine(text, file: file)
    if faults.isEmpty { return configuration }
    throw ConfigurationError(faults.map(\.description).joined(separator: "\n"))
  }

  /// Reads as much as can be read, and says what cannot be.
  public static func examine(
    _ text: String, file: String
  ) -> (configuration: Configuration, faults: [ConfigurationError]) {
    var configuration = withoutListeners()
    let faults = ConfigurationFaults()
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      return (configuration, [ConfigurationError(file, line: nil, "it is no YAML: \(error)")])
    }
    guard let root, !isEmpty(root) else {
      faults.gather { configuration.listeners = try defaultListeners(zone: configuration.zone) }
      return (configuration, faults.all)
    }
    guard
      var top = faults.gather({ try ConfigurationSection(root, file: file, name: "", faults: faults) })
    else { return (configuration, faults.all) }
    faults.gather { try readNode(&top, &configuration) }
    faults.gather { try readHTTP(&top, &configuration) }
    faults.gather { try readRegistry(&top, &configuration) }
    faults.gather { try readStorage(&top, &configuration) }
    faults.gather { try readTime(&top, &configuration) }
    faults.gather { try readAlerts(&top, &configuration) }
    faults.gather { try readLog(&top, &configuration) }
    faults.gather { try readSOC(&top, &configuration) }
    if let sections = faults.gather({ try top.sections("listeners") }) ?? nil {
      configuration.listeners = sections.compactMap { section in
        faults.gather { try listener(section, configuration) }
      }
      // Of listeners that could not be read nothing can be said.
      if configuration.listeners.count == sections.count {
        faults.gather { try checkListeners(configuration.listeners, top) }
      }
    } else {
      faults.gather { configuration.listeners = try defaultListeners(zone: configuration.zone) }
    }
    faults.gather { try top.rejectUnknownKeys() }
    return (configuration, faults.all)
  }

  private static func isEmpty(_ root: Node) -> Bool {
    if case .scalar(let scalar) = root { scalar.string.isEmpty } else { false }
  }

  private static func readNode(_ top: inout ConfigurationSection, _ configuration: inout Configuration) throws {
    if let node = try top.text("node") {
      let isPlain = node.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (97...122).contains(byte) || (65...90).contains(byte) || byte == 45 || byte == 95
      }
      if isPlain && !node.isEmpty && node.utf8.count <= 63 {
        configuration.node = node
      } else {
        try top.note("node", "must be 1 to 63 letters, digits, - or _")
      }
    }
    configuration.data = try top.place("data") ?? configuration.data
    configuration.lanes =
      try top.integer("lanes", in: 1...64, auto: Configuration.automaticLanes) ?? configuration.lanes
  }

  private static func readHTTP(_ top: inout ConfigurationSection, _ configuration: inout Configuration) throws {
    if var http = try top.section("http") {
      if let listen = try http.text("listen") {
        if SocketAddress(listen) == nil { try http.note("listen", "\(listen) is no address and port") }
        configuration.httpListen = listen
      }
      configuration.httpMemoryBytes =
        try http.size("memory", in: 16 << 20...1 << 40) ?? configuration.httpMemoryBytes
      configuration.tokensFile = try http.place("tokens")
      try readSecurity(&http, &configuration)
      try readPage(&http, &configuration)
      if let address = SocketAddress(configuration.httpListen), !address.isLoopback, !asksWhoIsThere(configuration) {
        try http.note(
          "listen",
          "\(configuration.httpListen) can be reached from other machines, and nobody would be asked who they are:"
            + " name a tokens file (http.tokens; thinai token create --name NAME --scope read makes a token)"
            + " or an issuer (http.oidc), or listen on 127.0.0.1")
      }
      try http.rejectUnknownKeys()
    }
  }

  private static func asksWhoIsThere(_ configuration: Configuration) -> Bool {
    configuration.tokensFile != nil || configuration.identity != nil
  }

  private static func readRegistry(_ top: inout ConfigurationSection, _ configuration: inout Configuration) throws {
    if var registry = try top.section("registry") {
      configuration.registry.devices = try registry.place("devices")
      configuration.registry.areas = try registry.place("areas")
      configuration.registry.ranges = try registry.place("ranges")
      switch try registry.text("admit") ?? "any" {
      case "any": configuration.registry.knownOnly = false
      case "known": configuration.registry.knownOnly = true
      case let other: try registry.note("admit", "\(other) is neither any nor known")
      }
      try registry.rejectUnknownKeys()
    }
  }

  private static func readStorage(_ top: inout ConfigurationSection, _ configuration: inout Configuration) throws {
    if var journal = try top.section("journal") {
      configuration.commitIntervalNanos =
        try journal.duration("commit", in: Nanos.perMillisecond...10 * Nanos.perSecond)
        ?? configuration.commitIntervalNanos
      try journal.rejectUnknownKeys()
    }
    if var seal = try top.section("seal") {
      configuration.sealIntervalNanos =
        try seal.duration("every", in: 100 * Nanos.perMillisecond...Nanos.perDay) ?? configuration.sealIntervalNanos
      configuration.sealBytes = try seal.size("bytes", in: 1 << 20...1 << 34) ?? configuration.sealBytes
      let auto = Configuration.coresBeside(lanes: configuration.lanes)
      configuration.sealCores = try seal.integer("cores", in: 1...64, auto: auto)
      try seal.rejectUnknownKeys()
    }
    if var compact = try top.section("compact") {
      configuration.compactLevel = Int32(try compact.integer("level", in: 1...22) ?? Int(configuration.compactLevel))
      configuration.compactCores =
        try compact.integer("cores", in: 1...64, auto: Configuration.automaticLanes) ?? configuration.compactCores
      configuration.compatibleTables = Set(try compact.texts("compat") ?? [])
      try compact.rejectUnknownKeys()
    }
    if var retention = try top.section("retention") {
      func days(_ key: String, _ section: inout ConfigurationSection) throws -> Int? {
        try section.duration(key, in: Nanos.perDay...106_000 * Nanos.perDay).map { Int($0 / Nanos.perDay) }
      }
      configuration.retention.readingsDays = try days("readings", &retention) ?? configuration.retention.readingsDays
      configuration.retention.eventsDays = try days("events", &retention) ?? configuration.retention.eventsDays
      configuration.retention.rollups5mDays =
        try days("rollups_5m", &retention) ?? configuration.retention.rollups5mDays
      configuration.retention.rollups1hDays =
        try days("rollups_1h", &retention) ?? configuration.retention.rollups1hDays
      configuration.retention.auditDays = try days("audit", &retention) ?? configuration.retention.auditDays
      try retention.rejectUnknownKeys()
    }
  }

  private static func readTime(_ top: inout ConfigurationSection, _ configuration: inout Configuration) throws {
    guard var time = try top.section("time") else { return }
    if let name = try time.text("zone") {
      if let zone = zone(named: name) {
        configuration.zoneName = name
        configuration.zone = zone
      } else {
        try time.note("zone", "\(name) is no known time zone, such as Asia/Ho_Chi_Minh")
      }
    }
    configuration.futureNanos = try time.duration("future", in: 0...36_500 * Nanos.perDay) ?? configuration.futureNanos
    if let text = try time.text("oldest") {
      guard let day = CalendarDate(text), (1_700...2_200).contains(day.year) else {
        throw time.failure("oldest", "\(text) is no day such as 2020-01-01")
      }
      configuration.oldestNanos = Int64(day.daysSinceEpoch) * Nanos.perDay
    }
    try time.rejectUnknownKeys()
  }

  private static func checkListeners(_ listeners: [ListenerSettings], _ top: ConfigurationSection) throws {
    // One number is left for what the node tells itself.
    guard !listeners.isEmpty, listeners.count < Int(UInt8.max) else {
      throw top.failure("listeners", "there must be 1 to 254")
    }
    if listeners.contains(where: { $0.name == InternalLane.listenerName }) {
      throw top.failure("listeners", "\(InternalLane.listenerName) is what the node itself is called")
    }
    if listeners.contains(where: { $0.name == LineWriter.listenerName }) {
      throw top.failure("listeners", "\(LineWriter.listenerName) is what lines are counted as that come by HTTP")
    }
    for (index, listener) in listeners.enumerated() {
      if listeners[..<index].contains(where: { $0.name == listener.name }) {
        throw top.failure("listeners", "two are named \(listener.name)")
      }
      for other in listeners[..<index] {
        guard let port = listener.sharedPort(with: other) else { continue }
        throw top.failure(
          "listeners", "\(other.name) and \(listener.name) both take port \(port) (\(other.place), \(listener.place))")
      }
    }
  }

  /// A zone by its name: the system's, else one that is built in.
  public static func zone(named name: String) -> TimeZoneRules? {
    ZoneFiles.rules(named: name) ?? TimeZoneRules.builtIn(named: name)
  }
}
