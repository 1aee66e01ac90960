import Primitives
import Rollups
import Telemetry

/// A number with all its digits, at an instant.
struct CounterReading: BitwiseCopyable, Equatable {
  var time: UnixNanos
  var payload: Int64
  var tag: ValueTag

  var value: Double { DecimalNumber.double(tag: tag, payload: payload) ?? .nan }

  /// Places behind the point of a decimal that is summed up exactly; nil for others.
  @inline(__always)
  var scale: Int? {
    if tag == .integer { return 0 }
    return tag.isDecimal && tag.scale <= ExactSum.places ? tag.scale : nil
  }
}

extension ExactSum {
  /// Adds what a counter rose by between two readings: one below the one before is a reset, the counter rose from 0.
  mutating func addRise(from last: CounterReading, to next: CounterReading) {
    guard let own = next.scale, let other = last.scale else {
      let rise = next.value >= last.value ? next.value - last.value : max(0, next.value)
      if rise != 0 { add(rise) }
      return
    }
    let scale = max(own, other)
    let end = Int128(next.payload) * Int128(DecimalNumber.powersOfTen[scale - own])
    let start = Int128(last.payload) * Int128(DecimalNumber.powersOfTen[scale - other])
    add(wide: end >= start ? end - start : max(0, end), scale: scale)
  }
}
