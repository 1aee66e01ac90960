import Text

/// One immutable Parquet file of a table.
public struct Part: Hashable, Sendable {
  /// Relative to the table's folder: `date=2026-11-20/07-qn-01-42.parquet`.
  public var path: String
  /// The UTC day of its oldest row, as in its folder. Of a part that was sealed it is that of all rows.
  public var date: String
  public var rowCount: Int
  public var byteCount: Int
  /// Times of its first and last row, in the table's unit.
  public var oldestTime: Int64
  public var newestTime: Int64
  /// Devices of its first and last row, in order of their bytes.
  public var firstDevice: String
  public var lastDevice: String
  /// The part that a rollup part sums up: `<table folder>/<path>`.
  public var source: String?
  /// Whether a rollup part stands for itself once its source is gone: its readings have expired. While the source is
  /// there it is not read.
  public var outlivesSource = false
  /// The zstd level at which it was compacted; nil as long as it stands as it was sealed.
  public var level: Int32?
  /// How it was compacted: the raw value of an `EncodingProfile`.
  var profile: String?
  /// When its newest rows were first committed, in milliseconds since 1970: of a merged part, when the newest of those it
  /// was made of was. By it parts stand in the order in which their rows arrived.
  public var modifiedMillis: Int64 = 0
  /// Whether its `add` bounds some columns and not all, as older versions wrote it: the next commit says it anew.
  var hasBounds = false
  /// The `add` of another program, word for word; nil of our own.
  var foreignAdd: JSONValue?
  /// Why a part of another program is not read.
  var unreadable: String?
  /// Whether a part of another program was looked at: `oldestTime` and the like are true.
  var isResolved = false
}
