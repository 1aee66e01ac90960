public import Primitives

/// A row of one simulated device: the values are units of the field's scale, 0 or 1, or an index of
/// `FleetMeasurement.versions`, as the field's form says.
public struct FleetRow: Sendable, BitwiseCopyable {
  /// The device's index in its plan.
  public var device: Int32
  /// What was measured; it says how many values count.
  public var measurement: FleetMeasurement
  /// Whether the same row was sent before.
  public var isDouble = false
  /// Whether it is sent out of order, after newer rows of its device.
  public var isLate = false
  /// The device's clock, whole milliseconds.
  public var time: UnixNanos
  /// One value per field; those beyond the measurement's fields are 0.
  public var values: InlineArray<5, Int64>
}
