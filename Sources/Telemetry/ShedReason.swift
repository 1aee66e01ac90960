/// Why rows that were understood were not stored: the engine could not keep up or had no room. Closed, as above.
public enum ShedReason: UInt8, CaseIterable, Sendable {
  /// The journal's disk had no room.
  case diskFull
  /// The journal could not be written for another cause.
  case journalFailed
  /// The lane's series table was full.
  case seriesLimit
  /// The node's tables or a table's columns were at their limit.
  case tableLimit
  /// Unsealed rows in memory were at their limit: sealing cannot keep up, or has no room.
  case unsealedLimit

  public var label: String { Self.labels[Int(rawValue)] }

  private static let labels: [String] = allCases.map { snakeCase("\($0)") }
}

/// `lineBadValue` → `line_bad_value`; a run of capitals stays one word: `senmlBadJSON` → `senml_bad_json`.
func snakeCase(_ name: String) -> String {
  var result = ""
  let letters = Array(name)
  for (index, letter) in letters.enumerated() {
    let isAfterLower = index > 0 && !letters[index - 1].isUppercase
    let isBeforeLower = index + 1 < letters.count && letters[index + 1].isLowercase
    if letter.isUppercase && index > 0 && (isAfterLower || isBeforeLower) { result.append("_") }
    result.append(Character(letter.lowercased()))
  }
  return result
}
