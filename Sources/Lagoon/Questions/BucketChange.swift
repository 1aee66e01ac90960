public import Primitives

/// A bucket that gained rows: what a puller has to ask for again.
public struct BucketChange: Hashable, Sendable, Comparable {
  public var measurement: String
  public var device: String
  public var field: String
  /// As the interface writes it: `5m`.
  public var step: String
  /// The bucket's start.
  public var time: UnixNanos
  /// Milliseconds since 1970: no row that came later is in it.
  public var version: Int64

  /// By version, so that a page ends where the next begins whatever comes meanwhile; then by name and time.
  public static func < (left: BucketChange, right: BucketChange) -> Bool {
    if left.version != right.version { return left.version < right.version }
    if left.time != right.time { return left.time < right.time }
    if left.device != right.device { return left.device < right.device }
    if left.measurement != right.measurement { return left.measurement < right.measurement }
    if left.field != right.field { return left.field < right.field }
    return left.step < right.step
  }

  /// A cursor: everything that orders it.
  public var text: String {
    [String(version), String(time), device, measurement, field, step].joined(separator: "\u{0}")
  }

  public init?(text: String) {
    let parts = text.split(separator: "\u{0}", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 6, let version = Int64(parts[0]), let time = Int64(parts[1]) else { return nil }
    self.init(
      measurement: parts[3], device: parts[2], field: parts[4], step: parts[5], time: time, version: version)
  }

  init(measurement: String, device: String, field: String, step: String, time: UnixNanos, version: Int64) {
    self.measurement = measurement
    self.device = device
    self.field = field
    self.step = step
    self.time = time
    self.version = version
  }
}
