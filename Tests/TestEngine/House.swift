import Intake
import Lagoon
import Pipeline
import Primitives
import Protocols
import Registry
import Sys
import Telemetry

/// A node's process on a simulated machine: the product's own pipeline, with every protocol's listener, its threads and its
/// sockets. After a kill a new one is made on the same disk.
final class House {
  static let data = "/data"
  static let node = "n-01"
  static let sealIntervalNanos = 20 * Nanos.perSecond

  let pipeline: Pipeline
  /// Whether all that it had is in the parts, once it was stopped.
  private(set) var isSealed = false

  /// Opens the data and recovers. Nothing runs yet.
  init(laneCount: Int, seed: UInt64, registry: DeviceRegistry) throws {
    var settings = PipelineSettings(
      node: Self.node, data: Self.data, listeners: Self.listeners(),
      retention: RetentionPolicy(readingsDays: 3_650, eventsDays: 3_650, rollups5mDays: 3_650, rollups1hDays: 3_650))
    settings.laneCount = laneCount
    settings.sealIntervalNanos = Self.sealIntervalNanos
    settings.compactLevel = 1
    settings.seed = seed
    pipeline = try Pipeline(settings, registry: registry)
  }

  private static func listeners() -> [ListenerSettings] {
    let kinds: [(TelemetryProtocol, UInt16)] = [
      (.line, Traffic.linePort), (.coap, Traffic.coapPort), (.syslog, Traffic.syslogPort), (.snmp, Traffic.snmpPort),
      (.rtp, Traffic.rtpPort), (.wsd, Traffic.wsdPort),
    ]
    return kinds.map { kind, port in
      ListenerSettings(
        name: kind.rawValue, telemetryProtocol: kind,
        address: SocketAddress(SourceAddress(high: 0, low: 0, port: port), isIPv6: true))
    }
  }

  func start() throws {
    try pipeline.open()
    try pipeline.start()
  }

  /// Ends its threads in their order; on a dead machine nothing of what they do counts.
  func stop() { isSealed = pipeline.stop() }

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
