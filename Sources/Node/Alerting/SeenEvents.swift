import Lagoon
import Primitives
import Text

/// Which events the rules have looked at: all that came before a version, and some of those since.
///
/// Lanes commit one after the other, so an event may come to be seen behind a later one. What came lately is looked at
/// again until nothing can come before it any more; what meant something then is remembered.
struct SeenEvents: Hashable, Sendable {
  /// All before it were looked at; nil before the first look.
  var settled: Int64?
  /// What meant something since then, by what it says.
  private(set) var known: [String: Int64] = [:]

  init() {}

  /// Whether it was looked at before. From now on it was.
  mutating func insert(_ text: String, version: Int64) -> Bool {
    known.updateValue(version, forKey: text) == nil
  }

  /// Nothing before that version will come any more.
  mutating func settle(_ version: Int64) {
    settled = max(settled ?? .min, version)
    known = known.filter { $0.value >= version }
  }

  /// Whether what became of it must be kept: what is looked at twice must mean nothing the second time. Once a minute it
  /// is kept anyway, so that a start has little to look at.
  func isWorthKeeping(_ next: SeenEvents) -> Bool {
    if known != next.known { return true }
    guard let settled, let new = next.settled else { return next.settled != nil }
    return flooredDivision(new, by: 60_000) != flooredDivision(settled, by: 60_000)
  }

  var json: JSONValue {
    .members(
      ("settled", settled.map { .integer($0) } ?? .null), ("known", .members(known.mapValues { .integer($0) })))
  }

  init(json: JSONValue) {
    settled = json["settled"]?.integer
    for member in json["known"]?.members ?? [] { known[member.name] = member.value.integer }
  }
}
