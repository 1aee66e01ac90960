import Primitives

/// Lengths of time and sizes as people write them.
public enum Quantity {
  private static let durations: [(suffix: String, nanos: Int64)] = [
    ("ns", 1), ("us", Nanos.perMicrosecond), ("µs", Nanos.perMicrosecond), ("ms", Nanos.perMillisecond),
    ("s", Nanos.perSecond), ("m", Nanos.perMinute), ("h", Nanos.perHour), ("d", Nanos.perDay),
  ]
  private static let sizes: [(suffix: String, bytes: Int)] = [
    ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000),
    ("GB", 1_000_000_000), ("B", 1), ("", 1),
  ]

  /// `20ms`, `5m`, `400d`: a whole number and a unit. nil if it is none, or more than 292 years.
  public static func durationNanos(_ text: String) -> Int64? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let value = Int64(digits) else { return nil }
    let suffix = String(text.dropFirst(digits.count))
    guard let unit = durations.first(where: { $0.suffix == suffix }) else { return nil }
    let (nanos, overflow) = value.multipliedReportingOverflow(by: unit.nanos)
    return overflow ? nil : nanos
  }

  /// `64MiB`, `1GB`, `4096`.
  public static func byteCount(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let value = Int(digits) else { return nil }
    let suffix = text.dropFirst(digits.count).drop { $0 == " " }
    guard let unit = sizes.first(where: { $0.suffix == suffix }) else { return nil }
    let (bytes, overflow) = value.multipliedReportingOverflow(by: unit.bytes)
    return overflow ? nil : bytes
  }
}
