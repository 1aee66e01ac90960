internal import Primitives

/// The values of registry columns as people and spreadsheets write them.
enum RegistryValue {
  /// A decimal number with a point, or with the comma that Vietnamese spreadsheets write. No thousands separators.
  static func decimal(_ text: String) -> Double? {
    var point = text
    if let comma = text.firstIndex(of: ",") {
      point.replaceSubrange(comma...comma, with: ".")
    }
    // Swift would also take "nan", "inf" and hexadecimal digits.
    guard !point.isEmpty, point.utf8.allSatisfy({ (48...57).contains($0) || $0 == 43 || $0 == 45 || $0 == 46 }) else {
      return nil
    }
    return Double(point)
  }

  /// `60`, `60s`, `500ms`, `5m`, `1.5h` or `1d`, in seconds, and infinity for `none`; nil unless it is above 0.
  static func interval(_ text: String) -> Double? {
    if text.lowercased() == "none" { return .infinity }
    let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)]
    let lower = text.lowercased()
    var number = lower
    var scale = 1.0
    if let unit = units.first(where: { lower.hasSuffix($0.0) }) {
      number = String(lower.dropLast(unit.0.count))
      while number.last == " " { number.removeLast() }
      scale = unit.1
    }
    guard let value = decimal(number), value > 0 else { return nil }
    return value * scale
  }

  /// `2025-07-01`, or `1/7/2025` with the day first, as Vietnamese spreadsheets write it.
  static func date(_ text: String) -> CalendarDate? {
    func number(_ part: Substring, _ lengths: ClosedRange<Int>) -> Int? {
      guard lengths.contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
      return Int(part)
    }
    let dashed = text.split(separator: "-", omittingEmptySubsequences: false)
    let slashed = text.split(separator: "/", omittingEmptySubsequences: false)
    let parts = slashed.count == 3 ? Array(slashed.reversed()) : dashed
    let lengths = slashed.count == 3 ? 1...2 : 2...2
    guard parts.count == 3, let year = number(parts[0], 4...4), let month = number(parts[1], lengths),
      let day = number(parts[2], lengths)
    else { return nil }
    let date = CalendarDate(year: year, month: month, day: day)
    return date.isValid ? date : nil
  }

  /// Addresses apart by blanks, `;`, `,` or `|`; an address's host prefix (`/32`, `/128`) may stand. The first that is
  /// neither that nor an alias is the failure.
  static func addresses(_ text: String) -> Result<Addresses, NotAnAddress> {
    var found = Addresses()
    for part in text.split(whereSeparator: { $0.isWhitespace || ";,|".contains($0) }) {
      if let alias = DeviceAlias(String(part)) {
        if !found.aliases.contains(alias) { found.aliases.append(alias) }
        continue
      }
      let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard let address = SourceAddress(addressText: String(pieces[0])),
        pieces.count == 1 || pieces[1] == (pieces[0].contains(":") ? "128" : "32")
      else { return .failure(NotAnAddress(text: String(part))) }
      if !found.addresses.contains(address) { found.addresses.append(address) }
    }
    return .success(found)
  }

  struct Addresses {
    var addresses: [SourceAddress] = []
    var aliases: [DeviceAlias] = []
  }

  struct NotAnAddress: Error {
    var text: String
  }

  /// Why `text` cannot be an id or a code; nil if it can.
  static func faultOfIdentifier(_ text: String, _ what: String) -> String? {
    if text.isEmpty { return "\(what) is missing" }
    if text.utf8.count > Limits.nameBytes { return "\(what) is longer than \(Limits.nameBytes) octets" }
    if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      return "\(what) holds a control character"
    }
    return nil
  }
}
