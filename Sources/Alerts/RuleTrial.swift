public import Lagoon
public import Primitives

/// Runs a rule over what is stored, to see what it would have told: slice by slice, so that memory stays bounded.
public struct RuleTrial {
  private let rule: AlertRule
  private let view: LagoonView
  private let directory: any DeviceDirectory
  private let from: UnixNanos
  private let to: UnixNanos

  /// - Parameters:
  ///   - from: inclusive; readings of the window before it are looked at too.
  ///   - to: exclusive.
  public init(
    _ rule: AlertRule, view: LagoonView, directory: any DeviceDirectory, from: UnixNanos, to: UnixNanos
  ) {
    self.rule = rule
    self.view = view
    self.directory = directory
    self.from = from
    self.to = to
  }

  /// - Throws: what the reader throws; `TrialError` where one slice holds more than memory may.
  public func run() throws -> TrialOutcome {
    switch rule.kind {
    case .threshold(let threshold): try run(threshold)
    case .silence(let silence): try run(silence)
    case .event(let pattern): try run(pattern)
    case .usual(let bound):
      try UsualTrial(bound: bound, rule: rule, view: view, directory: directory).run(from: from, to: to)
    }
  }

  private func run(_ threshold: AlertThreshold) throws -> TrialOutcome {
    guard let table = view.tables[.readings(threshold.measurement)] else { return TrialOutcome() }
    var trials: [String: SubjectTrial] = [:]
    var origins = TrialOrigins(threshold.aggregate)
    var slices = TimeSlices(
      [table], from: from - threshold.windowNanos, to: to,
      changes: directory.changes(from: from - threshold.windowNanos, to: to))
    let choice = SubjectChoice(filter: rule.filter, scope: rule.scope, directory: directory)
    while let slice = slices.next() {
      var readings = TrialReadings(choice: choice, slice: slice, probe: view.probe)
      try readings.addColumn(threshold.field, of: table, reader: view.reader, origins: &origins)
      for (subject, found) in readings.bySubject() {
        var trial = trials[subject] ?? SubjectTrial(threshold, machine: rule.machine, from: from)
        var start = found.startIndex
        while start < found.endIndex {
          let time = found[start].time
          let end = found[start...].firstIndex { $0.time != time } ?? found.endIndex
          trial.take(found[start..<end].lazy.map { ($0.value, $0.origin) }, at: time)
          start = end
        }
        trials[subject] = trial
      }
    }
    var outcome = TrialOutcome()
    for (_, trial) in trials {
      var trial = trial
      trial.advance(to: to)
      outcome.add(trial.outcome)
    }
    return outcome
  }

  /// Events as they would have opened and ended alarms.
  private func run(_ pattern: EventPattern) throws -> TrialOutcome {
    var found: [(event: SeenEvent, meaning: EventPattern.Meaning)] = []
    var matcher = MessageMatcher()
    let choice = SubjectChoice(filter: rule.filter, scope: .device, directory: directory)
    var query = EventsQuery(from: from, to: to, limit: Limits.pageRows)
    repeat {
      let page = try query.run(on: view, directory: directory)
      for row in page.rows where choice.subject(ofDevice: row.device, at: row.time) != nil {
        let event = SeenEvent(row)
        if let meaning = pattern.meaning(of: event, &matcher) { found.append((event, meaning)) }
      }
      if found.count > Limits.trialReadings / 64 { throw TrialError(description: "cannot try a rule: too many events") }
      query.cursor = page.next
    } while query.cursor != nil
    return outcome(of: found.reversed(), pattern)
  }

  private func outcome(
    of events: some Sequence<(event: SeenEvent, meaning: EventPattern.Meaning)>, _ pattern: EventPattern
  ) -> TrialOutcome {
    var outcome = TrialOutcome()
    /// When those that are open were seen last.
    var open: [[String]: UnixNanos] = [:]
    var subjects: Set<String> = []
    for (event, meaning) in events {
      outcome.seen += 1
      let key = (rule.scope == .device ? [event.device] : []) + pattern.keys.map { event.value(of: $0) }
      if let last = open[key], let after = pattern.clearAfterNanos, event.time - last >= after { open[key] = nil }
      switch meaning {
      case .clears: open[key] = nil
      case .opens:
        if open.updateValue(event.time, forKey: key) != nil { continue }
        outcome.note(firing: event.time)
        subjects.insert(event.device)
      }
    }
    outcome.subjects = subjects.count
    return outcome
  }

  private func run(_ silence: AlertSilence) throws -> TrialOutcome {
    let tables = view.tables.values.filter { table in
      switch table.name {
      case .readings, .events: true
      case .rollups, .devices, .audit: false
      }
    }
    var slices = TimeSlices(tables, from: from, to: to, changes: [])
    // Before anything was stored nobody listened.
    let begin = slices.start
    var watched: [String: SilenceTrial] = [:]
    let choice = SubjectChoice(filter: rule.filter, scope: .device, directory: directory)
    for device in directory.devices where choice.isWanted(device, at: to) {
      let allowed = silence.allowedNanos(device).addingReportingOverflow(rule.holdNanos)
      watched[device.id] = SilenceTrial(allowedNanos: allowed.overflow ? .max : allowed.partialValue, heard: begin)
    }
    while let slice = slices.next() {
      var readings = TrialReadings(choice: choice, slice: slice, probe: view.probe)
      for table in tables { try readings.addTimes(of: table, reader: view.reader) }
      for (subject, found) in readings.bySubject() {
        for reading in found { watched[subject]?.hear(at: reading.time) }
      }
    }
    var outcome = TrialOutcome()
    for (_, trial) in watched {
      var trial = trial
      trial.end(at: to)
      outcome.add(trial.outcome)
    }
    return outcome
  }
}

/// One device's silences.
private struct SilenceTrial {
  let allowedNanos: Int64
  var heard: UnixNanos
  var outcome = TrialOutcome()

  mutating func hear(at time: UnixNanos) {
    note(silenceUpTo: time)
    heard = max(heard, time)
  }

  mutating func end(at time: UnixNanos) {
    note(silenceUpTo: time)
  }

  private mutating func note(silenceUpTo time: UnixNanos) {
    let silentNanos = max(0, time - heard)
    outcome.note(value: Double(silentNanos / Nanos.perSecond))
    if silentNanos > allowedNanos { outcome.note(firing: heard + allowedNanos) }
  }
}
