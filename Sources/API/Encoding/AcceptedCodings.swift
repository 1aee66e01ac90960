/// What a request's `Accept-Encoding` takes (RFC 9110 section 12.5.3).
///
/// An entry that cannot be read is passed over: what is left is never more than the client said.
struct AcceptedCodings {
  /// By coding, in thousandths; what is missing falls to `others`.
  private var named: [String: Int] = [:]
  /// The weight of `*`.
  private var others: Int?

  /// - Parameter field: the header's value; nil if there is none, which takes everything and asks for nothing.
  init(_ field: String?) {
    for entry in (field ?? "").split(separator: ",") {
      let parts = entry.split(separator: ";", omittingEmptySubsequences: false).map { Self.trimmed($0).lowercased() }
      guard let coding = parts.first, !coding.isEmpty, let weight = Self.weight(parts.dropFirst()) else { continue }
      if coding == "*" {
        others = weight
      } else {
        named[coding == "x-gzip" ? "gzip" : coding] = weight
      }
    }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }

  /// Thousandths of `q=0.5`; 1000 without it, nil if it is none.
  private static func weight(_ parameters: ArraySlice<String>) -> Int? {
    guard let parameter = parameters.first else { return 1_000 }
    guard parameters.count == 1, parameter.hasPrefix("q=") else { return nil }
    let digits = Array(parameter.utf8.dropFirst(2))
    guard (1...5).contains(digits.count), digits[0] == UInt8(ascii: "0") || digits[0] == UInt8(ascii: "1"),
      digits.count == 1 || digits[1] == UInt8(ascii: "."),
      digits.dropFirst(2).allSatisfy({ (48...57).contains($0) })
    else { return nil }
    var weight = Int(digits[0] - 48)
    for place in 2..<5 { weight = weight * 10 + (place < digits.count ? Int(digits[place] - 48) : 0) }
    return weight <= 1_000 ? weight : nil
  }

  /// The weight of a coding in thousandths; 0 where it is refused.
  private func weight(of coding: ContentCoding) -> Int {
    // What was not asked for is sent as it is, unless that was refused by name or by `*` (the latter says nothing
    // else of it than of the rest).
    if coding == .identity { return named["identity"] ?? (others == 0 ? 0 : 1) }
    return named[coding.rawValue] ?? others ?? 0
  }

  /// Whether a coding was asked for, and not refused.
  func takes(_ coding: ContentCoding) -> Bool { weight(of: coding) > 0 }

  /// The coding for a body; nil if the client refuses all that there are.
  ///
  /// The heaviest wins. Of equals it is zstd where the client named it, then gzip, which everybody reads.
  ///
  /// - Parameter isWorthwhile: whether packing gains anything; if not, only a client that refuses `identity` gets it.
  func choice(isWorthwhile: Bool) -> ContentCoding? {
    let identity = weight(of: .identity)
    if !isWorthwhile && identity > 0 { return .identity }
    let order: [ContentCoding] = named["zstd"] != nil ? [.zstd, .gzip, .identity] : [.gzip, .zstd, .identity]
    let heaviest = order.map(weight(of:)).max() ?? 0
    return heaviest == 0 ? nil : order.first { weight(of: $0) == heaviest }
  }
}
