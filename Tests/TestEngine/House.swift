import Alerts
import Node
import Pipeline
import Primitives
import Protocols
import Registry
import Rollups
import Sys
import Telemetry

/// A node's process on a simulated machine: the product's own engine, with every protocol's listener, its threads, its sockets
/// and its alerts. After a kill a new one is made on the same disk.
final class House {
  static let data = "/data"
  static let tables = data + "/tables"
  static let node = "n-01"
  static let sealIntervalNanos = 20 * Nanos.perSecond

  let engine: Engine
  var pipeline: Pipeline { engine.pipeline }
  /// Whether all that it had is in the parts, once it was stopped.
  private(set) var isSealed = false

  /// Opens the data and recovers. Nothing runs yet.
  init(laneCount: Int, registry: DeviceRegistry, receiver: Receiver, data: String = House.data) throws {
    var configuration = Configuration()
    configuration.node = Self.node
    configuration.data = data
    configuration.lanes = laneCount
    configuration.listeners = Self.listeners()
    configuration.sealIntervalNanos = Self.sealIntervalNanos
    configuration.compactLevel = 1
    configuration.retention.readingsDays = 3_650
    configuration.retention.eventsDays = 3_650
    configuration.alerts.rules = try Self.rules()
    configuration.alerts.webhooks = [WebhookSettings(name: "ioc", url: "http://receiver.test/", secret: [1, 2, 3])]
    engine = try Engine(configuration, registry: registry, transport: receiver)
  }

  /// A bound that random values cross often, and silence of whom the registry knows.
  private static func rules() throws -> [AlertRule] {
    var rules: [AlertRule] = []
    if let day = Step("1d") {
      rules.append(
        AlertRule(
          name: "rain", severity: .warning,
          kind: .threshold(
            AlertThreshold(measurement: "rain", field: "a", aggregate: .last, over: day, isAbove: true, bound: 10)),
          message: try AlertMessage("{device} {value}"), resolvedMessage: try AlertMessage("{device} ok")))
    }
    rules.append(
      AlertRule(
        name: "silent", severity: .error, kind: .silence(AlertSilence(afterNanos: 30 * Nanos.perSecond)),
        message: try AlertMessage("{device}"), resolvedMessage: try AlertMessage("{device} ok")))
    return rules
  }

  private static func listeners() -> [ListenerSettings] {
    let kinds: [(TelemetryProtocol, UInt16)] = [
      (.line, Traffic.linePort), (.coap, Traffic.coapPort), (.syslog, Traffic.syslogPort), (.snmp, Traffic.snmpPort),
      (.rtp, Traffic.rtpPort), (.wsd, Traffic.wsdPort),
    ]
    return kinds.map { kind, port in
      ListenerSettings(
        name: kind.name, telemetryProtocol: kind,
        address: SocketAddress(SourceAddress(high: 0, low: 0, port: port), isIPv6: true))
    }
  }

  func start() throws {
    try engine.open()
    try engine.start()
  }

  /// Ends its threads in their order; on a dead machine nothing of what they do counts.
  func stop() { isSealed = engine.stop() }

  /// A registry as somebody may have written it.
  static func registry(seed: UInt64) -> DeviceRegistry {
    var random = SeededNumbers(seed)
    let devices = Traffic.devices.filter { _ in !random.once(in: 4) }.map { id in
      Device(
        id: id, deviceClass: "sensor", area: random.one(of: ["a1", "a2", ""]), domain: random.one(of: ["water", ""]))
    }
    return DeviceRegistry(devices: devices)
  }
}
