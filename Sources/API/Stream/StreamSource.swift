import Lagoon
import Primitives

/// Finds what came in a range of versions. Every row lies in one range only, so ranges that follow each other tell
/// nothing twice and leave nothing out.
struct StreamSource: Sendable {
  let model: any ReadModel
  let kinds: Set<StreamItem.Kind>
  /// What may be held at once: ranges with more are cut.
  let mostItems: Int
  /// Whether anybody still waits for them.
  var probe = QuestionProbe.never

  struct Found: Sendable {
    /// By version.
    var items: [StreamItem]
    /// Where the range ends that they are of.
    var end: Int64
    /// What could not be read of where they come from.
    var missing: [MissingTable] = []
  }

  /// The items of `from ..< to`, or of as much of its beginning as may be held at once.
  ///
  /// - Throws: what queries throw.
  func items(from: Int64, to: Int64) throws -> Found {
    let view = (kinds == [.event] ? model.view(of: [.events]) : model.view()).asked(by: probe)
    var end = to
    while true {
      let isInstant = end - from <= 1
      do {
        return try found(in: view, from: from, to: end, most: isInstant ? Limits.streamInstantItems : mostItems)
      } catch let error as QueryError {
        guard case .tooManyChanges = error, !isInstant else { throw error }
        end = from + (end - from) / 2
      }
    }
  }

  private func found(in view: LagoonView, from: Int64, to: Int64, most: Int) throws -> Found {
    var changes: [StreamItem] = []
    var events: [StreamItem] = []
    var missing: Set<MissingTable> = []
    if kinds.contains(.change) {
      let query = ChangesQuery(since: from, until: to, limit: .max, most: most)
      let answer = try query.run(on: view, zone: model.zone)
      changes = answer.changes.map { .change($0) }
      missing.formUnion(answer.missing)
    }
    if kinds.contains(.event) {
      let answer = try ArrivedEventsQuery(since: from, until: to, most: most).run(on: view)
      events = answer.events.map { .event($0) }
      missing.formUnion(answer.missing)
    }
    let items = changes.isEmpty ? events : events.isEmpty ? changes : Self.merged(changes, events)
    return Found(items: items, end: to, missing: missing.sorted { $0.table < $1.table })
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
