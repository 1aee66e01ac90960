package import Intake
package import Primitives
package import Protocols
import Synchronization
import Sys
import Telemetry

/// An event that the node itself tells.
package struct InternalEvent: Sendable {
  package var time: UnixNanos
  package var device: String
  package var severity: String
  package var kind: String
  package var message: String
  /// The text of a JSON object.
  package var attributes: String

  package init(
    time: UnixNanos, device: String, severity: String, kind: String, message: String, attributes: String
  ) {
    self.time = time
    self.device = device
    self.severity = severity
    self.kind = kind
    self.message = message
    self.attributes = attributes
  }
}

/// Readings of its own that a node stores, in the name of a device.
package struct InternalReading: Sendable {
  package var measurement: String
  package var device: String
  package var time: UnixNanos
  package var fields: [InternalRow.Field]

  package init(measurement: String, device: String, time: UnixNanos, fields: [InternalRow.Field]) {
    self.measurement = measurement
    self.device = device
    self.time = time
    self.fields = fields
  }
}

/// The way by which what the node finds out itself gets into the tables: events, and readings of its own.
///
/// Waits until they are durable, so call it from a thread that may wait. What is told twice alike is stored once, as every
/// row is.
package final class InternalEvents: Sendable {
  package let lane: InternalLane
  private let node: String

  init(lane: InternalLane, node: String) {
    self.lane = lane
    self.node = node
  }

  /// Stores an event.
  package func tell(_ event: InternalEvent) -> InternalLane.Outcome { tell([event]) }

  /// Stores events together: all of them, or none that can be counted on.
  package func tell(_ events: [InternalEvent]) -> InternalLane.Outcome {
    store(
      events.map {
        InternalRow.event(
          device: $0.device, node: node, time: $0.time, severity: $0.severity, kind: $0.kind, message: $0.message,
          attributes: $0.attributes)
      })
  }

  /// Stores readings of the node's own.
  package func store(_ reading: InternalReading) -> InternalLane.Outcome { store([reading]) }

  /// Stores readings together: all of them, or none that can be counted on.
  package func store(_ readings: [InternalReading]) -> InternalLane.Outcome {
    store(
      readings.map {
        InternalRow(
          kind: .readings, measurement: $0.measurement, device: $0.device, node: node, time: $0.time, fields: $0.fields)
      })
  }

  private func store(_ rows: [InternalRow]) -> InternalLane.Outcome {
    var rest = rows[...]
    while !rest.isEmpty {
      let outcome = lane.tell(Array(rest.prefix(Limits.internalRows)))
      if outcome != .stored { return outcome }
      rest = rest.dropFirst(Limits.internalRows)
    }
    return .stored
  }
}
