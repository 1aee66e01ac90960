import Primitives

/// Every name that the lagoon has on disk. No other file spells one out.
///
/// ```
/// DATA/lock                                                    see DataLock
/// DATA/versions                                                see VersionRecords
/// DATA/tables/<table>/date=2026-11-20/07-qn-01-42.parquet      UTC hour of its first row, node, sequence: see PartName
/// DATA/tables/<table>/_delta_log/00000000000000000040.json     see DeltaLog
/// DATA/tables/<table>/_delta_log/00000000000000000040.checkpoint.parquet
/// DATA/tables/<table>/_delta_log/_last_checkpoint
/// DATA/tables/<table>/_repaired_log/…                          see LagoonRepair
/// DATA/tables/<table>/_damaged_log-0001/…
/// DATA/tables/<table>/_set_aside/…
/// ```
public enum LagoonNames {
  /// The folder of all tables.
  public static let tables = "tables"
  /// What a part's name ends in.
  public static let partSuffix = ".parquet"
  static let lock = "lock"
  static let versions = "versions"

  // MARK: tables of our own

  static let events = "events"
  static let devices = "devices"
  static let audit = "audit"
  static let rollupsPrefix = "rollups_"

  // MARK: in a table's folder

  static let deltaLog = "_delta_log"
  /// A log under construction.
  static let repairedLog = "_repaired_log"
  static let damagedLogPrefix = "_damaged_log-"
  static let setAside = "_set_aside"
  /// Folders of parts, by day.
  static let datePrefix = "date="

  // MARK: in a Delta log

  static let commitSuffix = ".json"
  static let checkpointSuffix = ".checkpoint" + partSuffix
  static let lastCheckpoint = "_last_checkpoint"
  /// Versions have so many digits in names.
  static let versionDigits = 20

  // MARK: anywhere

  /// What is written and has not got its name yet.
  static let temporarySuffix = ".tmp"
  /// What another program (delta-rs) is writing begins so, and is left alone.
  static let foreignTemporaryPrefix = "_commit_"

  /// `DATA/tables`
  public static func tables(in data: String) -> String { data + "/" + tables }

  /// The folder of parts of a day, `2026-11-20`.
  static func folder(ofDate date: String) -> String { datePrefix + date }

  /// The day of such a folder; nil of others.
  static func date(ofFolder name: some StringProtocol) -> String? {
    name.hasPrefix(datePrefix) ? String(name.dropFirst(datePrefix.utf8.count)) : nil
  }

  static func isPart(_ name: String) -> Bool { name.hasSuffix(partSuffix) }

  static func commit(_ version: Int64) -> String { version.padded(to: versionDigits) + commitSuffix }

  static func checkpoint(_ version: Int64) -> String { version.padded(to: versionDigits) + checkpointSuffix }

  /// The version of a commit's name; nil of other names.
  static func version(ofCommit name: String) -> Int64? { version(of: name, before: commitSuffix) }

  /// The version of a checkpoint's name; nil of other names.
  static func version(ofCheckpoint name: String) -> Int64? { version(of: name, before: checkpointSuffix) }

  static func damagedLog(_ number: Int) -> String { damagedLogPrefix + number.padded(to: 4) }

  /// The number of such a log; nil of other names.
  static func number(ofDamagedLog name: String) -> Int? {
    name.hasPrefix(damagedLogPrefix) ? Int(name.dropFirst(damagedLogPrefix.utf8.count)) : nil
  }

  private static func version(of name: String, before suffix: String) -> Int64? {
    guard name.hasSuffix(suffix), name.utf8.count == versionDigits + suffix.utf8.count else { return nil }
    let digits = name.prefix(versionDigits)
    // No log has so many versions that one more would be no number.
    guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let version = Int64(digits), version < 1 << 62 else {
      return nil
    }
    return version
  }
}
