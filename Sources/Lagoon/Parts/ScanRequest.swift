public import Primitives

/// What to take from one part.
public struct ScanRequest: Sendable {
  public var table: TableName
  public var path: String
  /// Only these devices' rows; nil for all.
  public var devices: Set<String>?
  /// Only rows of `from ..< to`.
  public var from: UnixNanos
  public var to: UnixNanos
  /// Only these fields; nil for all.
  public var fields: [String]?
  /// Whether the arrival times are wanted too.
  public var arrivals: Bool
  /// Whether only the newest rows of each series are wanted, several if they share their instant: older ones may come too.
  public var newestOnly = false
  /// Whether the rows are still wanted.
  public var probe = QuestionProbe.never

  public init(
    table: TableName, path: String, devices: Set<String>? = nil, from: UnixNanos = .min, to: UnixNanos = .max,
    fields: [String]? = nil, arrivals: Bool = true
  ) {
    self.arrivals = arrivals
    self.table = table
    self.path = path
    self.devices = devices
    self.from = from
    self.to = to
    self.fields = fields
  }
}
