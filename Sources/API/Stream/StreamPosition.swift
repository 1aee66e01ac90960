import Lagoon

/// A place in the stream: what an event's `id` says, and `Last-Event-ID` gives back. It holds over restarts, since
/// versions do.
enum StreamPosition: Hashable, Sendable {
  /// Before everything of a version.
  case version(Int64)
  /// Behind a change.
  case change(BucketChange)
  /// Behind an event of a version, by its place among those.
  case event(version: Int64, ordinal: Int)

  var version: Int64 {
    switch self {
    case .version(let version), .event(let version, _): version
    case .change(let change): change.version
    }
  }

  /// Letters and digits alone, so that it passes any header.
  var text: String {
    switch self {
    case .version(let version): "v\(version)"
    case .change(let change): "c" + OpaqueText.encode(change.text)
    case .event(let version, let ordinal): "e\(version).\(ordinal)"
    }
  }

  init?(_ text: String) {
    let rest = text.dropFirst()
    switch text.first {
    case "v":
      guard let version = Self.number(rest) else { return nil }
      self = .version(version)
    case "c":
      guard let change = OpaqueText.decode(rest).flatMap(BucketChange.init(text:)), change.version >= 0 else {
        return nil
      }
      self = .change(change)
    case "e":
      let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 2, let version = Self.number(parts[0]), let ordinal = Self.number(parts[1]) else {
        return nil
      }
      self = .event(version: version, ordinal: Int(ordinal))
    default: return nil
    }
  }

  private static func number(_ text: Substring) -> Int64? {
    text.utf8.allSatisfy { (48...57).contains($0) } ? Int64(text) : nil
  }
}
