import Access
import Alerts
import HTTPTypes
import Lagoon
import Primitives
import Registry
import Rollups
import Text

/// Alert rules: those in force, and others in their place.
extension APIRoute {
  static let rules = APIRoute(
    "/v1/rules", Parameter.optional("dry_run", "since", "file"), access: .changed(read: .read, change: .admin),
    methods: [.get, .head, .post], body: .whole(limitBytes: Limits.ruleFileBytes)
  ) { call in
    guard let model = call.model.rules else { throw APIProblem(RuleRefusal.notConfigured) }
    return call.method == .post ? try call.change(model) : try call.shown(model)
  }
}

extension APICall {
  /// The rules that may concern devices of who asks.
  fileprivate func shown(_ model: any RuleModel) throws -> APIAnswer {
    for name in ["dry_run", "since", "file"] {
      if let value = parameters.text(name) {
        throw APIProblem.badParameter(name, value: value, cause: "it is for changes alone: POST")
      }
    }
    let counts = seenAlarms(in: .active).reduce(into: [String: Int]()) { counts, seen in
      counts[seen.alarm.key.rule, default: 0] += 1
    }
    let rules = model.rules.filter { isSeen($0.filter) }
    return APIAnswer { json in
      json.name("rules")
      json.array { json in
        for rule in rules {
          json.object { json in
            json.rule(rule)
            json.name("alarms")
            json.integer(counts[rule.name] ?? 0)
          }
        }
      }
    }
  }

  /// Whether it names nothing that does not exist for who asks.
  private func isSeen(_ filter: DeviceFilter) -> Bool {
    if grant.scope.isEverything { return true }
    let names = directory.names(within: grant.scope)
    return filter.device.map { names.devices.contains($0) } ?? true
      && filter.area.map { names.areas.contains($0) } ?? true
      && filter.deviceClass.map { names.classes.contains($0) } ?? true
      && filter.domain.map { names.domains.contains($0) } ?? true
      && filter.agency.map { names.agencies.contains($0) } ?? true
  }

  fileprivate func change(_ model: any RuleModel) throws -> APIAnswer {
    if !grant.scope.isEverything {
      throw APIProblem.forbidden(
        "/v1/rules", "\(grant.name) is limited to a part of the node, and rules are the whole's")
    }
    let isTrial = try parameters.flag("dry_run")
    let now = self.model.now
    let span = now - (try parameters.trialNanos() ?? 7 * Nanos.perDay)..<now
    let isEmpty = body.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    let report: RuleReport
    do throws(RuleRefusal) {
      report = try model.change(
        isEmpty ? nil : body, file: parameters.text("file"), isTrial: isTrial, on: view(), over: span)
    } catch {
      throw APIProblem(error)
    }
    // What was not tried since nobody waits any more is no answer.
    try asked { try probe.check() }
    return APIAnswer { $0.report(report, span: isTrial ? span : nil) }
  }
}

extension QueryParameters {
  /// How far back rules are tried, such as `7d`; nil if not given.
  fileprivate func trialNanos() throws(APIProblem) -> Int64? {
    guard let text = text("since") else { return nil }
    guard let nanos = Quantity.durationNanos(text), (Nanos.perMinute...Limits.longestTrialNanos).contains(nanos) else {
      throw .badParameter("since", value: text, cause: "it must be a time such as 36h or 7d, 366d at the most")
    }
    return nanos
  }
}

extension APIProblem {
  fileprivate init(_ refusal: RuleRefusal) {
    switch refusal {
    case .notConfigured:
      self.init(
        .conflict, kind: "not-configured", title: "There is no such file",
        detail: "cannot change alert rules: the configuration names no file of them: set alerts")
    case .badFile(let cause):
      self.init(.badRequest, kind: "bad-parameter", title: "A parameter cannot be used", detail: cause)
    case .unusable(let fault):
      self.init(.badRequest, kind: "rules", title: "The rules cannot be used", detail: fault)
    case .busy:
      self.init(
        .serviceUnavailable, kind: "busy", title: "The rules are being changed",
        detail: "cannot change alert rules now: somebody else does")
      retryAfterSeconds = 2
    case .failed(let cause):
      self.init(.internalServerError, kind: "rule-file", title: "The file cannot be written", detail: cause)
    }
  }
}

extension JSONWriter {
  fileprivate mutating func rule(_ rule: AlertRule) {
    member("name", rule.name)
    member("severity", rule.severity.name)
    member("kind", rule.alarmKind.rawValue)
    member("per", rule.scope.rawValue)
    name("for_s")
    double(Double(rule.holdNanos) / Double(Nanos.perSecond))
    name("of")
    object { json in
      for (title, value) in [
        ("device", rule.filter.device), ("class", rule.filter.deviceClass), ("area", rule.filter.area),
        ("domain", rule.filter.domain), ("agency", rule.filter.agency),
      ] {
        if let value { json.member(title, value) }
      }
    }
    switch rule.kind {
    case .silence, .event: break
    case .threshold(let threshold):
      looksAt(threshold.measurement, threshold.field, threshold.aggregate, threshold.windowNanos)
      name(threshold.isAbove ? "above" : "below")
      double(threshold.bound)
    case .usual(let usual):
      looksAt(usual.measurement, usual.field, usual.aggregate, usual.windowNanos)
      name("usual")
      object { json in
        json.name("weeks")
        json.integer(usual.weeks)
        json.name(usual.isAbove ? "above" : "below")
        json.double(usual.factor)
        json.name("spreads")
        json.double(usual.spreads)
      }
    }
    member("message", rule.message.source)
  }

  private mutating func looksAt(_ measurement: String, _ field: String, _ aggregate: Aggregate, _ nanos: Int64) {
    member("measurement", measurement)
    member("field", field)
    member("aggregate", aggregate.name)
    name("over_s")
    double(Double(nanos) / Double(Nanos.perSecond))
  }

  /// - Parameter span: over which the rules were tried; nil if they are in force.
  fileprivate mutating func report(_ report: RuleReport, span: Range<UnixNanos>?) {
    name("dry_run")
    boolean(span != nil)
    if let span {
      name("from")
      time(span.lowerBound)
      name("to")
      time(span.upperBound)
    }
    name("rules")
    array { json in
      for entry in report.entries {
        json.object { json in
          json.rule(entry.rule)
          json.member("change", entry.change.rawValue)
          if span != nil { json.trial(entry) }
          json.name("warnings")
          json.array { json in for warning in entry.warnings { json.string(warning) } }
        }
      }
    }
    name("removed")
    array { json in for name in report.removed { json.string(name) } }
  }

  private mutating func trial(_ entry: RuleReport.Entry) {
    name("trial")
    if let outcome = entry.outcome {
      object { json in
        for (title, count) in [("firings", outcome.firings), ("subjects", outcome.subjects), ("seen", outcome.seen)] {
          json.name(title)
          json.integer(count)
        }
        json.name("first")
        json.time(outcome.first)
        json.name("last")
        json.time(outcome.last)
        json.name("lowest")
        json.double(outcome.lowest ?? .nan)
        json.name("highest")
        json.double(outcome.highest ?? .nan)
      }
    } else {
      null()
    }
    name("fault")
    stringOrNull(entry.fault)
  }
}
