import Lagoon
import Parquet

/// What a file to be imported is.
public enum ImportFormat: String, CaseIterable, Sendable {
  case lines
  case csv
  case parquet

  /// By the file's first octets, then by its name.
  public static func of(path: String, head: [UInt8]) -> ImportFormat {
    if head.starts(with: ForeignFile.magic) { return .parquet }
    let name = path.lowercased()
    if name.hasSuffix(LagoonNames.partSuffix) { return .parquet }
    if [".csv", ".tsv", ".csv.gz", ".tsv.gz"].contains(where: name.hasSuffix) { return .csv }
    return .lines
  }
}
