public import Decoders
public import Primitives
public import Sys
public import Telemetry

/// One listener as the lanes need it.
public struct ListenerSettings: Sendable {
  public var name: String
  public var telemetryProtocol: TelemetryProtocol
  public var address: SocketAddress
  /// Sources that may send; empty for all.
  public var allow: [AddressBlock] = []
  public var receiveBufferBytes = 16 << 20
  /// Line protocol: the unit of timestamps.
  public var precision = LinePrecision.nanoseconds
  /// Line protocol: the tag that names the device, before `device` and `host`.
  public var deviceTag: String?
  /// Syslog: the zone of times that name none, and those of single sources.
  public var zone = TimeZoneRules.utc
  public var sourceZones: [SourceAddress: TimeZoneRules] = [:]

  public init(name: String, telemetryProtocol: TelemetryProtocol, address: SocketAddress) {
    self.name = name
    self.telemetryProtocol = telemetryProtocol
    self.address = address
  }
}

/// How far from its arrival a row's time may be.
public struct TimeBounds: Sendable {
  /// A device clock further ahead than this is not believed.
  public var futureNanos: Int64
  /// Rows older than this are refused, by kind; nil to take any.
  public var readingsAgeNanos: Int64?
  public var eventsAgeNanos: Int64?

  public init(futureNanos: Int64, readingsAgeNanos: Int64?, eventsAgeNanos: Int64?) {
    self.futureNanos = futureNanos
    self.readingsAgeNanos = readingsAgeNanos
    self.eventsAgeNanos = eventsAgeNanos
  }
}
