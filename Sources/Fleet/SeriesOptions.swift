/// A series of measured values in a CSV file, to be sent as line protocol.
public struct SeriesOptions: Sendable {
  /// What becomes of values that are no numbers.
  public enum Text: String, Sendable, CaseIterable {
    /// Sent as string fields.
    case field
    /// Not sent.
    case skip
  }

  /// The file.
  public var path: String
  /// The columns that make up the time: one, or a date and a time of day, or `year,month,day,hour[,minute[,second]]`.
  public var timeColumns: [String]
  /// The device that all rows belong to, unless `deviceColumn` says otherwise.
  public var device: String
  /// The measurement that all lines are of.
  public var measurement = "series"
  /// The column that holds the device.
  public var deviceColumn: String?
  /// The tag that carries the device.
  public var deviceTag = "device"
  /// Only these columns are sent; nil for all.
  public var columns: [String]?
  /// What becomes of columns that hold text.
  public var text = Text.field
  /// Lines in one datagram; fewer where they would exceed what UDP carries.
  public var linesPerDatagram = 15
  /// The zone of times that say none.
  public var utcOffsetSeconds = 0

  /// All columns of the file but the time's, as fields of `device`.
  public init(path: String, timeColumns: [String], device: String) {
    self.path = path
    self.timeColumns = timeColumns
    self.device = device
  }

  /// Reads `+07:00`, `-0330`, `+7` or `Z` as seconds east of UTC; nil if it is none of them.
  public static func utcOffset(_ text: String) -> Int? {
    var reader = SeriesTime.Reader(Array(text.utf8))
    guard let offset = reader.offset(), reader.isAtEnd else { return nil }
    return offset
  }
}
