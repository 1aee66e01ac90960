import Lagoon
import Primitives
import Text

/// One thing that the stream tells: within a version changes come first, then events.
enum StreamItem: Sendable {
  case change(BucketChange)
  case event(ArrivedEventsQuery.Arrived)

  enum Kind: String, CaseIterable, Sendable {
    case change, event
  }

  var kind: Kind {
    switch self {
    case .change: .change
    case .event: .event
    }
  }

  var version: Int64 {
    switch self {
    case .change(let change): change.version
    case .event(let event): event.version
    }
  }

  /// Where a client stands that was told it.
  var position: StreamPosition {
    switch self {
    case .change(let change): .change(change)
    case .event(let event): .event(version: event.version, ordinal: event.ordinal)
    }
  }

  /// Whether a client that stands there was not told it yet.
  func isBehind(_ position: StreamPosition) -> Bool {
    if version != position.version { return version > position.version }
    switch (self, position) {
    case (_, .version): return true
    case (.change(let change), .change(let told)): return told < change
    case (.change, .event): return false
    case (.event, .change): return true
    case (.event(let event), .event(_, let ordinal)): return event.ordinal > ordinal
    }
  }

  /// The same JSON as `/v1/changes` and `/v1/events` have for it.
  var json: [UInt8] {
    var writer = JSONWriter()
    writer.object { json in
      switch self {
      case .change(let change): json.change(change)
      case .event(let event): json.event(event.row)
      }
    }
    return writer.bytes
  }
}
