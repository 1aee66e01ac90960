import Lagoon
import Primitives

/// Finds what came in a range of versions. Every row lies in one range only, so ranges that follow each other tell
/// nothing twice and leave nothing out.
struct StreamSource: Sendable {
  let model: any ReadModel
  let kinds: Set<StreamItem.Kind>
  /// What may be held at once: ranges with more are cut.
  let mostItems: Int

  /// What one millisecond may hold, which cannot be cut.
  private static let mostInstantItems = 2_000_000

  struct Found: Sendable {
    /// By version.
    var items: [StreamItem]
    /// Where the range ends that they are of.
    var end: Int64
  }

  /// The items of `from ..< to`, or of as much of its beginning as may be held at once.
  ///
  /// - Throws: what queries throw.
  func items(from: Int64, to: Int64) throws -> Found {
    let view = model.view()
    var end = to
    while true {
      let isInstant = end - from <= 1
      do {
        let items = try items(
          of: view, from: from, to: end, most: isInstant ? Self.mostInstantItems : mostItems)
        return Found(items: items, end: end)
      } catch let error as QueryError {
        guard case .tooManyChanges = error, !isInstant else { throw error }
        end = from + (end - from) / 2
      }
    }
  }

  private func items(of view: LagoonView, from: Int64, to: Int64, most: Int) throws -> [StreamItem] {
    var changes: [StreamItem] = []
    var events: [StreamItem] = []
    if kinds.contains(.change) {
      let query = ChangesQuery(since: from, until: to, limit: .max, most: most)
      changes = try query.run(on: view, zone: model.zone).changes.map { .change($0) }
    }
    if kinds.contains(.event) {
      events = try ArrivedEventsQuery(since: from, until: to, most: most).run(on: view).map { .event($0) }
    }
    if changes.isEmpty { return events }
    if events.isEmpty { return changes }
    return Self.merged(changes, events)
  }

  /// Both by version, changes first.
  private static func merged(_ changes: [StreamItem], _ events: [StreamItem]) -> [StreamItem] {
    var merged: [StreamItem] = []
    merged.reserveCapacity(changes.count + events.count)
    var next = 0
    for change in changes {
      while next < events.count, events[next].version < change.version {
        merged.append(events[next])
        next += 1
      }
      merged.append(change)
    }
    return merged + events[next...]
  }
}
