import Alerts
import Lagoon
import Pipeline
import Primitives
import Telemetry
import Text

/// Looks at the events that came since the last look, each once, and finds what rules make of them.
struct EventLook {
  /// What a rule makes of an event.
  struct Finding {
    var event: SeenEvent
    var rule: AlertRule
    var pattern: EventPattern
    var meaning: EventPattern.Meaning
  }

  private let rules: [(rule: AlertRule, pattern: EventPattern)]
  private let directory: RegistryDirectory

  init(_ rules: [AlertRule], directory: RegistryDirectory) {
    self.rules = rules.compactMap { rule in
      if case .event(let pattern) = rule.kind { (rule, pattern) } else { nil }
    }
    self.directory = directory
  }

  var isEmpty: Bool { rules.isEmpty }

  /// Steps of one look: after a long time there may be more events than one holds.
  private static let steps = 64

  /// What is found, in the order in which it came.
  ///
  /// - Throws: what the reader throws. What was looked at before that is noted.
  func run(on view: LagoonView, _ seen: inout SeenEvents, _ matcher: inout MessageMatcher) throws -> [Finding] {
    if rules.isEmpty {
      seen = SeenEvents()
      return []
    }
    guard let start = seen.settled else {
      // What came before there were rules is nobody's alarm.
      seen.settle(view.settledVersion)
      return []
    }
    var found: [Finding] = []
    var since = start
    var until = Int64.max
    for _ in 0..<Self.steps {
      let answer: ArrivedEventsQuery.Answer
      do {
        answer = try ArrivedEventsQuery(since: since, until: until, most: Limits.eventsPerLook).run(on: view)
      } catch QueryError.tooManyChanges {
        let end = until == .max ? max(view.settledVersion, since + 2) : until
        // One instant of too many cannot be cut.
        if end - since <= 1 { throw QueryError.tooManyChanges(limit: Limits.eventsPerLook) }
        until = since + (end - since) / 2
        continue
      }
      for arrived in answer.events { look(at: arrived, &seen, &matcher, &found) }
      if until == .max {
        seen.settle(view.settledVersion)
        break
      }
      seen.settle(until)
      (since, until) = (until, .max)
    }
    return found
  }

  private func look(
    at arrived: ArrivedEventsQuery.Arrived, _ seen: inout SeenEvents, _ matcher: inout MessageMatcher,
    _ found: inout [Finding]
  ) {
    let row = arrived.row
    let kind = row.text("kind") ?? ""
    // What the node tells of alarms is no cause of others.
    if kind.hasPrefix("alert.") { return }
    var event = SeenEvent(
      time: row.time, device: row.device, kind: kind, message: row.text("message") ?? "", attributes: .null)
    let text = row.text("attributes") ?? ""
    var isRead = false
    var isNew: Bool?
    for (rule, pattern) in rules {
      let choice = SubjectChoice(filter: rule.filter, scope: .device, directory: directory)
      guard choice.subject(ofDevice: row.device, at: row.time) != nil else { continue }
      if !isRead && pattern.mayMean(kind) {
        isRead = true
        event.attributes = (try? JSONReader.read(Array(text.utf8))) ?? .null
      }
      guard isRead, let meaning = pattern.meaning(of: event, &matcher) else { continue }
      if isNew == nil {
        isNew = seen.insert(Self.identity(arrived, text), version: arrived.version)
      }
      if isNew == false { return }
      found.append(Finding(event: event, rule: rule, pattern: pattern, meaning: meaning))
    }
  }

  /// What tells an event from all others: when it came, of whom, and all that it says.
  private static func identity(_ arrived: ArrivedEventsQuery.Arrived, _ attributes: String) -> String {
    let row = arrived.row
    let tags = row.tags.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    let parts = [
      "\(arrived.version)", row.device, tags, "\(row.time)", row.text("kind") ?? "", row.text("message") ?? "",
      attributes,
    ]
    return AlertStateFile.digest(Array(parts.joined(separator: "\u{0}").utf8))
  }
}
