/// Wire names as column names that Delta, Parquet and every reader in use take.
enum ColumnName {
  /// Percent-encodes what is no ASCII letter, digit, `_`, `.` or `-`, then sees to it that no other column of the
  /// table has the name, in whatever case: readers such as Spark tell no case apart.
  static func encode(_ wireName: String, taken: Set<String>, suffix: String = "") -> String {
    var name = ""
    for byte in wireName.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
        name.append(Character(Unicode.Scalar(byte)))
      default: name += PathName.percent(byte)
      }
    }
    if name.isEmpty { name = "%" }
    name += suffix
    if !taken.contains(name.lowercased()) { return name }
    guard let first = name.utf8.first else { return unique(name, taken: taken) }
    return unique(PathName.percent(first) + name.dropFirst(), taken: taken)
  }

  /// The name, or with the smallest number behind it that makes it unique.
  static func unique(_ name: String, taken: Set<String>) -> String {
    if !taken.contains(name.lowercased()) { return name }
    var number = 2
    while taken.contains("\(name)__\(number)".lowercased()) { number += 1 }
    return "\(name)__\(number)"
  }
}
