import Capture
public import Protocols
import Primitives
import Telemetry

/// What protocols' endpoints count beside the ledger.
extension Engine {
  /// RTP streams that left because there were too many, by listener.
  public var evictedStreams: [(listener: String, count: UInt64)] {
    let kinds: [TelemetryProtocol] = [.rtp, .capture]
    return configuration.listeners.filter { kinds.contains($0.telemetryProtocol) }
      .map { ($0.name, $0.rtp.tally.evicted) }
  }

  /// What CoAP listeners had to forget, by listener.
  public var coapForgotten: [(listener: String, exchanges: UInt64, bodies: UInt64)] {
    configuration.listeners.filter { $0.telemetryProtocol == .coap }
      .map { ($0.name, $0.coapTally.exchangesForgotten, $0.coapTally.bodiesForgotten) }
  }

  /// Frames of interfaces that yielded no datagram, by listener and reason.
  public var skippedFrames: [(listener: String, reason: String, count: UInt64)] {
    configuration.listeners.filter { $0.capture != nil }.flatMap { listener in
      listener.captureTally.skipped.map { (listener.name, $0.reason.label, $0.count) }
    }
  }

  /// SNMP messages that were refused, by engine and reason.
  public var snmpRefusals: [(key: SNMPTally.RefusedEngine, count: UInt64)] {
    var all: [SNMPTally.RefusedEngine: UInt64] = [:]
    for listener in configuration.listeners {
      all.merge(listener.snmp.tally.snapshot.refusedEngines, uniquingKeysWith: +)
    }
    return all.sorted { ($0.key.engine, $0.key.reason.rawValue) < ($1.key.engine, $1.key.reason.rawValue) }
      .map { ($0.key, $0.value) }
  }
}
