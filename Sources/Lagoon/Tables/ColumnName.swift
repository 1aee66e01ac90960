import Text

/// Wire names as column names that Delta, Parquet and every reader in use take.
enum ColumnName {
  /// Percent-encodes what is no ASCII letter, digit, `_`, `.` or `-`, then sees to it that no other column of the
  /// table has the name, in whatever case: readers such as Spark tell no case apart.
  static func encode(_ wireName: String, taken: Set<String>, suffix: String = "") -> String {
    var name = PercentCoding.encode(wireName) { byte, _ in
      PercentCoding.isUnreserved(byte) && byte != UInt8(ascii: "~")
    }
    if name.isEmpty { name = "%" }
    name += suffix
    if !taken.contains(name.lowercased()) { return name }
    return unique(PercentCoding.encode(name) { _, index in index > 0 }, taken: taken)
  }

  /// The name, or with the smallest number behind it that makes it unique.
  static func unique(_ name: String, taken: Set<String>) -> String {
    if !taken.contains(name.lowercased()) { return name }
    var number = 2
    while taken.contains("\(name)__\(number)".lowercased()) { number += 1 }
    return "\(name)__\(number)"
  }
}
