public import Primitives

/// When a datagram came in, in each unit that a row's time may be written in: divided once a datagram, not once a row.
public struct ArrivalTime: Sendable, BitwiseCopyable {
  public let nanos: UnixNanos
  @usableFromInline let micros: Int64
  @usableFromInline let millis: Int64
  @usableFromInline let seconds: Int64

  @inlinable
  public init(nanos: UnixNanos) {
    self.nanos = nanos
    micros = nanos / Nanos.perMicrosecond
    millis = nanos / Nanos.perMillisecond
    seconds = nanos / Nanos.perSecond
  }

  /// In the unit of that kind of row, towards zero.
  @inlinable
  func units(of kind: RecordKind) -> Int64 {
    switch kind {
    case .rowSeconds: seconds
    case .rowMillis: millis
    case .rowMicros: micros
    case .rowNanos, .origin, .series, .layout: nanos
    }
  }

  /// In milliseconds, towards minus infinity.
  @inlinable public var flooredMillis: Int64 { flooredDivision(nanos, by: Nanos.perMillisecond) }
}
