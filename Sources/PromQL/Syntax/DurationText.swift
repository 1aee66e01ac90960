/// Durations as PromQL writes them, in milliseconds: `1h30m`.
enum DurationText {
  private static let units: [(name: String, millis: Int64)] = [
    ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
    ("ms", 1),
  ]
  /// What 64 bits hold in nanoseconds.
  private static let longestMillis: Int64 = 9_223_372_036_854

  /// The milliseconds, or what is wrong.
  static func read(_ text: String) -> Result<Int64, Complaint> {
    let octets = Array(text.utf8)
    var index = 0
    var nextUnit = 0
    var total: Int64 = 0
    while index < octets.count {
      var number: Int64 = 0
      let first = index
      while index < octets.count, octets[index].isDigit {
        // Larger than any duration, and far from what 64 bits hold.
        number = min(number * 10 + Int64(octets[index] - 48), 100_000_000_000_000_000)
        index += 1
      }
      let unitBegin = index
      while index < octets.count, !octets[index].isDigit { index += 1 }
      let name = String(decoding: octets[unitBegin..<index], as: UTF8.self)
      guard unitBegin > first, let unit = units.firstIndex(where: { $0.name == name }), unit >= nextUnit else {
        return .failure(Complaint(message: "not a valid duration string: \(text.quoted)"))
      }
      nextUnit = unit + 1
      let (product, isTooLong) = number.multipliedReportingOverflow(by: units[unit].millis)
      if isTooLong || product > longestMillis || total + product > longestMillis {
        return .failure(Complaint(message: "duration out of range"))
      }
      total += product
    }
    return total == 0 ? .failure(Complaint(message: "duration must be greater than 0")) : .success(total)
  }

  /// What is wrong with a text.
  struct Complaint: Error {
    var message: String
  }

  /// As short as it is exact: `1h30m`; years and weeks only where nothing else is needed.
  static func text(millis: Int64) -> String {
    if millis == 0 { return "0s" }
    var rest = millis
    var out = ""
    for (name, unit) in units {
      let isRoundOnly = name == "y" || name == "w"
      if isRoundOnly && rest % unit != 0 { continue }
      if rest / unit > 0 {
        out += "\(rest / unit)\(name)"
        rest %= unit
      }
    }
    return out
  }
}
