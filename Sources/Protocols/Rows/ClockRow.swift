import Primitives
import Telemetry

/// A row of `device_clock`: what a device's clock is beside ours, as one of its protocols tells it.
struct ClockRow {
  /// In the arena.
  var device: TextRange
  /// What told it: tag `by`.
  var by: StaticString
  /// How many messages it is of.
  var messages: Int64

  /// What can be known of a clock.
  enum Measure {
    /// How far it is ahead of ours.
    case offset
    /// How much further it went than ours, of one that counts from its start.
    case drift
  }

  /// Appends it; `false` if the device's name cannot be one. Without a time it is the arrival's.
  func append(_ measure: Measure, nanos: Int64?, timeNanos: UnixNanos?, to out: inout DecodedDatagram) -> Bool {
    let told = out.arena.appendText(by)
    guard let start = out.arena.appendKeyHead(.readings, "device_clock", device: device) else { return false }
    out.arena.appendTagName("by")
    out.arena.appendKeyText(copyOf: told)
    let key = out.arena.textRange(from: start)
    let firstField = out.fields.count
    if let nanos {
      let millis = out.arena.appendText("ms")
      out.put(measure == .offset ? "offset_ms" : "drift_ms", thousandths: Double(nanos) * 1e-6, unit: millis)
    }
    out.put("messages", messages)
    return out.endRow(key, .canonical, from: firstField, timeNanos: timeNanos)
  }
}
