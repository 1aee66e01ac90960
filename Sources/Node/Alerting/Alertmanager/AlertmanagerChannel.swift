import Alerts
import Primitives
import Synchronization
import Sys
import Text

/// Tells an Alertmanager of begins and ends, from the outbox; of what lasts again and again, since it takes what it does not
/// hear of for over; and of what is set aside by a silence.
final class AlertmanagerChannel: ReceiverChannel {
  private let settings: AlertmanagerSettings
  private let node: String
  private let transport: any WebhookTransport
  private let alarms: AlarmWindow
  private let state = Mutex(State())

  private struct State {
    /// What it believes to last, by the alarm's id.
    var told: [String: AlertmanagerAlert] = [:]
    /// What it believes to last and what does not any more, for a look.
    var missing: Set<String> = []
    /// Its silences of ours, by the alarm's id; nil until it was asked.
    var silences: [String: AlertmanagerClient.Silence]?
    var nextLookNanos = Int64.min
    var nextResendNanos = Int64.min
  }

  /// How often it is looked whether somebody did something to an alarm.
  private static let lookNanos = 5 * Nanos.perSecond
  private static let retryNanos = 15 * Nanos.perSecond

  init(
    _ settings: AlertmanagerSettings, node: String, transport: any WebhookTransport, alarms: AlarmWindow
  ) {
    self.settings = settings
    self.node = node
    self.transport = transport
    self.alarms = alarms
  }

  /// All that is due goes at once: it puts together itself what people are told.
  var gathering: OutboxGathering { OutboxGathering(windowNanos: 0) }

  // MARK: begins and ends

  func send(_ batch: OutboxBatch, isStopping: @escaping @Sendable () -> Bool) -> SendOutcome {
    let client = AlertmanagerClient(settings: settings, transport: transport, isStopping: isStopping)
    // Of one thing what came last says all.
    var last: [String: OutboxDelivery] = [:]
    for delivery in batch.deliveries { last[delivery.order] = delivery }
    var outcome = SendOutcome()
    let told = batch.deliveries.filter { last[$0.order] == $0 }.map { ($0, notice($0)) }
    for (delivery, found) in told where found == nil { outcome.refused.insert(delivery.id) }
    let alerts = told.compactMap { $0.1 }
    do throws(AlertmanagerClient.Fault) {
      if !alerts.isEmpty { try client.post(alerts.map(\.alert)) }
      for found in alerts { note(found) }
      outcome.taken = batch.ids.subtracting(outcome.refused)
    } catch {
      if !error.isFinal { return .failed(error.cause) }
      // One that it finds fault with costs no other.
      send(told, client, &outcome)
      if outcome.failure == nil {
        let done = Set(told.map(\.0.id))
        outcome.taken.formUnion(batch.ids.subtracting(done))
      }
    }
    return outcome
  }

  private typealias Found = (alarm: String, alert: AlertmanagerAlert)

  private func notice(_ delivery: OutboxDelivery) -> Found? {
    guard let notice = try? JSONReader.read(Array(delivery.body.utf8)),
      let alert = AlertmanagerAlert(notice: notice, settings)
    else { return nil }
    return (notice["attributes"]?["alarm"]?.text ?? delivery.order, alert)
  }

  private func send(
    _ told: [(OutboxDelivery, Found?)], _ client: AlertmanagerClient, _ outcome: inout SendOutcome
  ) {
    for case (let delivery, let found?) in told {
      do throws(AlertmanagerClient.Fault) {
        try client.post([found.alert])
        note(found)
        outcome.taken.insert(delivery.id)
      } catch {
        if error.isFinal {
          outcome.refused.insert(delivery.id)
          outcome.remarks["refused"] =
            "it refused an alert of rule \(found.alert.labels["alertname"] ?? ""): \(error.cause)"
        } else {
          outcome.failure = error.cause
          return
        }
      }
    }
  }

  private func note(_ found: Found) {
    state.withLock { state in
      if found.alert.endsAt == nil {
        state.told[found.alarm] = found.alert
      } else {
        state.told[found.alarm] = nil
      }
    }
  }

  // MARK: what lasts

  func tend(isStopping: @escaping @Sendable () -> Bool) -> (waitNanos: Int64, outcome: TendOutcome) {
    let now = Clock.monotonicNanos()
    let due = state.withLock { $0.nextLookNanos }
    if now < due { return (due - now, .nothing) }
    guard let lasting = alarms.lasting else { return (Nanos.perSecond, .nothing) }
    let wanted = lasting.filter { settings.choice.takes(rule: $0.key.rule, severity: $0.severity) }
    let client = AlertmanagerClient(settings: settings, transport: transport, isStopping: isStopping)
    var pauseNanos = Self.lookNanos
    var outcome = TendOutcome.done
    do throws(AlertmanagerClient.Fault) {
      try resend(wanted, client, at: now)
      try setAside(wanted, client)
    } catch {
      (outcome, pauseNanos) = (.failed(error.cause), Self.retryNanos)
    }
    state.withLock { $0.nextLookNanos = now + pauseNanos }
    return (pauseNanos, outcome)
  }

  /// Tells it of all that lasts, now and then; between, of what is new of it; and of what is over without a word.
  private func resend(
    _ wanted: [Alarm], _ client: AlertmanagerClient, at now: Int64
  ) throws(AlertmanagerClient.Fault) {
    let (told, missing, isDue) = state.withLock { ($0.told, $0.missing, now >= $0.nextResendNanos) }
    let found = wanted.map { alarm in (alarm.id, alert(alarm, told[alarm.id])) }
    var alerts = found.filter { isDue || told[$0.0] != $0.1 }
    let lasting = Set(found.map(\.0))
    let gone = Set(told.keys).subtracting(lasting)
    // Its end may be on its way; if not, it was taken over by another alarm.
    for id in gone.intersection(missing) {
      guard var alert = told[id] else { continue }
      alert.endsAt = max(RFC3339.text(Clock.realtimeNanos(), .milliseconds), alert.startsAt)
      alerts.append((id, alert))
    }
    while !alerts.isEmpty {
      let some = alerts.prefix(Limits.alertmanagerAlerts)
      try client.post(some.map(\.1))
      for (id, alert) in some { note((id, alert)) }
      alerts.removeFirst(some.count)
    }
    state.withLock { state in
      state.missing = gone
      if isDue { state.nextResendNanos = now + settings.resendNanos }
    }
  }

  /// As it was told, with what was done to it since.
  private func alert(_ alarm: Alarm, _ told: AlertmanagerAlert?) -> AlertmanagerAlert {
    var alert = AlertmanagerAlert(alarm, node: node, settings)
    // Names that the registry gave it then.
    for name in ["name", "area_name", "threshold"] { alert.annotations[name] = told?.annotations[name] }
    alert.acknowledge(alarm.acknowledgement)
    return alert
  }

  // MARK: what is set aside

  /// A silence of ours says in its comment whose it is.
  private func mark(_ alarm: String) -> String { "[thinai \(node) \(alarm)]" }

  private func setAside(_ wanted: [Alarm], _ client: AlertmanagerClient) throws(AlertmanagerClient.Fault) {
    let shelved = wanted.filter { $0.shelf != nil }
    var silences: [String: AlertmanagerClient.Silence]
    if let known = state.withLock({ $0.silences }) {
      silences = known
    } else {
      silences = [:]
      let start = mark("").dropLast()
      for silence in try client.silences() {
        guard let begin = silence.comment.firstRange(of: start) else { continue }
        silences[String(silence.comment[begin.upperBound...].prefix { $0 != "]" })] = silence
      }
      state.withLock { [silences] in $0.silences = silences }
    }
    for (id, silence) in silences where !shelved.contains(where: { $0.id == id }) {
      try client.expire(silence.id)
      state.withLock { $0.silences?[id] = nil }
    }
    let now = Clock.realtimeNanos()
    for alarm in shelved {
      guard let shelf = alarm.shelf, shelf.until > now, !Self.isSame(silences[alarm.id], shelf.until) else { continue }
      if let old = silences[alarm.id] { try client.expire(old.id) }
      let labels = AlertmanagerAlert(alarm, node: node, settings).labels
      let comment = (shelf.note.isEmpty ? "" : shelf.note + " ") + mark(alarm.id)
      let id = try client.silence(
        labels, from: now, until: shelf.until, by: shelf.by.isEmpty ? "thinai" : shelf.by, comment)
      state.withLock {
        $0.silences?[alarm.id] = AlertmanagerClient.Silence(id: id, comment: comment, endsAt: shelf.until)
      }
    }
  }

  private static func isSame(_ silence: AlertmanagerClient.Silence?, _ until: UnixNanos) -> Bool {
    guard let silence else { return false }
    // It keeps milliseconds.
    return abs(silence.endsAt / Nanos.perMillisecond - until / Nanos.perMillisecond) <= 1
  }
}
