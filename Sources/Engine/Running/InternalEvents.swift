import Intake
import Primitives
import Protocols
import Synchronization
import Sys
import Telemetry

/// An event that the node itself tells.
struct InternalEvent: Sendable {
  var time: UnixNanos
  var device: String
  var severity: String
  var kind: String
  var message: String
  /// The text of a JSON object.
  var attributes: String
}

/// The way by which what the node finds out itself gets into the tables: events, and readings of its own.
///
/// Waits until they are durable, so call it from a thread that may wait. What is told twice alike is stored once, as every
/// row is.
final class InternalEvents: Sendable {
  let lane: InternalLane
  private let node: String

  init(lane: InternalLane, node: String) {
    self.lane = lane
    self.node = node
  }

  /// Stores an event.
  func tell(_ event: InternalEvent) -> InternalLane.Outcome { tell([event]) }

  /// Stores events together: all of them, or none that can be counted on.
  func tell(_ events: [InternalEvent]) -> InternalLane.Outcome {
    store(
      events.map {
        InternalRow.event(
          device: $0.device, node: node, time: $0.time, severity: $0.severity, kind: $0.kind, message: $0.message,
          attributes: $0.attributes)
      })
  }

  /// Stores readings of a measurement, in the name of a device.
  func store(
    measurement: String, device: String, time: UnixNanos, fields: [InternalRow.Field]
  ) -> InternalLane.Outcome {
    store([
      InternalRow(
        kind: .readings, measurement: measurement, device: device, node: node, time: time, fields: fields)
    ])
  }

  private func store(_ rows: [InternalRow]) -> InternalLane.Outcome {
    var rest = rows[...]
    while !rest.isEmpty {
      let outcome = lane.tell(Array(rest.prefix(InternalLane.rowsAtMost)))
      if outcome != .stored { return outcome }
      rest = rest.dropFirst(InternalLane.rowsAtMost)
    }
    return .stored
  }
}
