import Primitives
import Sys

/// The system's time zone files (RFC 8536).
enum ZoneFiles {
  private static let directory = "/usr/share/zoneinfo"

  /// nil if the system has no such zone, or no zones at all.
  static func rules(named name: String) -> TimeZoneRules? {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    // What stands behind a zero octet the system would not see.
    let isPlain = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." } && !name.utf8.contains(0)
    guard isPlain, let bytes = try? File.readWhole(directory + "/" + name) else { return nil }
    return TimeZoneRules(tzif: bytes.span.bytes)
  }
}
