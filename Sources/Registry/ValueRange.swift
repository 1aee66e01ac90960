/// What a field's readings can be: those outside are kept as they are, and count as not correct.
public struct ValueRange: Sendable, Hashable {
  public var measurement: String
  public var field: String
  /// Devices of this class alone; empty for all.
  public var deviceClass: String
  public var least: Double
  public var largest: Double

  public init(measurement: String, field: String, deviceClass: String = "", least: Double, largest: Double) {
    self.measurement = measurement
    self.field = field
    self.deviceClass = deviceClass
    self.least = least
    self.largest = largest
  }
}
