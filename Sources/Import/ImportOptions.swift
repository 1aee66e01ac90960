import Lagoon
public import Primitives

/// What is to be known of a file that its columns do not say.
public struct ImportOptions: Sendable {
  /// nil to find out by the file.
  public var format: ImportFormat?
  /// The unit of times that are numbers.
  public var precision = "ns"
  /// nil for the file's name, or what a part says of itself.
  public var measurement: String?
  /// Of rows that name none.
  public var device: String?
  /// Names of the columns that hold the time and the device.
  public var timeColumn = "time"
  public var deviceColumn = "device"
  /// Columns that are tags, besides those that a part names.
  public var tags: [String] = []
  /// Columns that are text, whatever their values look like.
  public var texts: [String] = []
  /// Columns that are left out.
  public var skipped: [String] = []
  /// Cells of CSV that mean no value, besides empty ones.
  public var nulls: [String] = []
  /// nil for the one of comma, semicolon and tab that stands most often in the first line.
  public var separator: UInt8?
  public var decimalMark = UInt8(ascii: ".")
  /// Of times without one; nil refuses them.
  public var zone: TimeZoneRules?

  public init() {}

  /// The units that a server knows, in nanoseconds.
  public static let units: [String: Int64] = [
    "ns": 1, "us": Nanos.perMicrosecond, "ms": Nanos.perMillisecond, "s": Nanos.perSecond, "m": Nanos.perMinute,
    "h": Nanos.perHour,
  ]

  /// The measurement of a file that says none: its name without folders and without what it ends in.
  static func measurement(path: String) -> String {
    var name = path.split(separator: "/").last.map(String.init) ?? path
    for suffix in [".gz", ".csv", ".tsv", LagoonNames.partSuffix] where name.lowercased().hasSuffix(suffix) {
      name.removeLast(suffix.utf8.count)
    }
    return name
  }
}
