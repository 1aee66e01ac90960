import Alerts
import Lagoon
import Primitives
import Rollups
import Sys
import Yams

/// Reads alert rules: a file, or all `.yaml` files of a folder in the order of their names.
/// ```yaml
/// rules:
///   - name: heavy-rain
///     severity: warning
///     measurement: weather
///     field: rain_mm
///     aggregate: sum
///     over: 1h
///     above: 50
///     clear_below: 40
///     message: "Mưa lớn tại {name}: {value} mm trong 1 giờ"
/// ```
enum AlertRuleFiles {
  private static let longestWindowNanos = 7 * Nanos.perDay

  static func rules(_ path: String) throws -> [AlertRule] { try rules(path, of: files(path)) { try content($0) } }

  /// As they would be with another content of one of the files, which need not be there yet.
  static func rules(_ path: String, with bytes: [UInt8], at changed: String) throws -> [AlertRule] {
    var names = files(path)
    if !names.contains(changed) { names = (names + [changed]).sorted() }
    return try rules(path, of: names) { $0 == changed ? bytes : try content($0) }
  }

  /// Whether it is a folder of rules.
  static func isFolder(_ path: String) -> Bool { (try? FileSystem.list(path)) != nil }

  private static func files(_ path: String) -> [String] {
    guard let names = try? FileSystem.list(path) else { return [path] }
    return names.map(\.name).filter { $0.hasSuffix(suffix) }.map { "\(path)/\($0)" }.sorted()
  }

  static let suffix = ".yaml"

  private static func rules(
    _ path: String, of files: [String], content: (String) throws -> [UInt8]
  ) throws -> [AlertRule] {
    var rules: [AlertRule] = []
    for file in files {
      var top = try ConfigurationSection(try root(content(file), file), file: file, name: "")
      for section in try top.sections("rules") ?? [] {
        let rule = try rule(section)
        if rules.contains(where: { $0.name == rule.name }) {
          throw section.failure("name", "two rules are named \(rule.name)")
        }
        rules.append(rule)
      }
      try top.rejectUnknownKeys()
    }
    guard rules.count <= Limits.alertRules else {
      throw ConfigurationError(path, line: nil, "it has \(rules.count) alert rules; \(Limits.alertRules) are the most")
    }
    return rules
  }

  private static func content(_ path: String) throws -> [UInt8] {
    do throws(SystemError) {
      return try File.readWhole(path)
    } catch {
      throw ConfigurationError(path, line: nil, "\(error)")
    }
  }

  private static func root(_ bytes: [UInt8], _ path: String) throws -> Node {
    let root: Node?
    do {
      root = try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw ConfigurationError(path, line: nil, "it is no YAML: \(error)")
    }
    guard let root else { throw ConfigurationError(path, line: nil, "it is empty") }
    return root
  }

  private static func rule(_ section: ConfigurationSection) throws -> AlertRule {
    var section = section
    guard let name = try section.text("name"), isName(name) else {
      throw section.failure("name", "must be 1 to 63 letters, digits, - or _")
    }
    guard let severityName = try section.text("severity") else { throw section.failure("severity", "is missing") }
    let severity = try severity(severityName, "severity", section)
    var scope = try scope(&section)
    let kind = try kind(&section, scope: &scope)
    if case .silence = kind, scope != .device { throw section.failure("per", "a silence is one device's: per device") }
    let filter = DeviceFilter(
      device: try section.text("device"), deviceClass: try section.text("class"), area: try section.text("area"),
      domain: try section.text("domain"), agency: try section.text("agency"))
    let hold = try section.duration("for", in: 0...7 * Nanos.perDay) ?? 0
    guard let words = try section.text("message") else { throw section.failure("message", "is missing") }
    var takesAttributes = false
    if case .event = kind { takesAttributes = true }
    let message = try message(words, "message", section, takesAttributes)
    let resolved = try section.text("resolved").map { try Self.message($0, "resolved", section, takesAttributes) }
    try section.rejectUnknownKeys()
    return AlertRule(
      name: name, severity: severity, kind: kind, filter: filter, scope: scope, holdNanos: hold, message: message,
      resolvedMessage: try resolved ?? Self.message("resolved: \(words)", "message", section, takesAttributes))
  }

  private static func scope(_ section: inout ConfigurationSection) throws -> AlertScope {
    guard let text = try section.text("per") else { return .device }
    guard let scope = AlertScope(rawValue: text) else {
      let known = AlertScope.allCases.map(\.rawValue).joined(separator: ", ")
      throw section.failure("per", "\(text) is none of \(known)")
    }
    return scope
  }

  private static func kind(
    _ section: inout ConfigurationSection, scope: inout AlertScope
  ) throws -> AlertRule.Kind {
    if let event = try section.section("event") {
      if scope != .device { throw section.failure("per", "an event is told apart by its key") }
      return .event(try EventPatternFiles.read(event, scope: &scope))
    }
    if var silence = try section.section("silence") {
      var settings = AlertSilence()
      settings.afterNanos = try silence.duration("after", in: Nanos.perSecond...365 * Nanos.perDay)
      if let intervals = try silence.integer("intervals", in: 1...1_000) {
        if settings.afterNanos != nil { throw silence.failure("intervals", "either after or intervals may be there") }
        settings.intervals = intervals
      }
      try silence.rejectUnknownKeys()
      return .silence(settings)
    }
    return try bound(&section)
  }

  private static func bound(_ section: inout ConfigurationSection) throws -> AlertRule.Kind {
    guard let measurement = try section.text("measurement") else {
      throw section.failure("measurement", "is missing, as are silence and event: a rule has one of them")
    }
    guard let field = try section.text("field") else { throw section.failure("field", "is missing") }
    guard let aggregateName = try section.text("aggregate") else { throw section.failure("aggregate", "is missing") }
    guard let aggregate = Aggregate(name: aggregateName) else {
      throw section.failure(
        "aggregate",
        "\(aggregateName) is none of avg, min, max, sum, count, first, last, stddev, increase, rate, distinct,"
          + " p1 to p99.9")
    }
    guard let overText = try section.text("over") else { throw section.failure("over", "is missing") }
    guard let over = Step(overText) else { throw section.failure("over", "\(overText) is no step, such as 5m or 1h") }
    let isUsual = section.node("usual") != nil
    let longest = isUsual ? Limits.longestUsualNanos : longestWindowNanos
    guard (over.days > 0 ? over.days * Nanos.perDay : over.nanos) <= longest else {
      throw section.failure("over", "\(overText) is more than \(isUsual ? "3h" : "7d"), the most")
    }
    if let usual = try section.section("usual") {
      return .usual(try Self.usual(usual, measurement: measurement, field: field, aggregate: aggregate, over: over))
    }
    return .threshold(
      try threshold(&section, measurement: measurement, field: field, aggregate: aggregate, over: over))
  }

  private static func threshold(
    _ section: inout ConfigurationSection, measurement: String, field: String, aggregate: Aggregate, over: Step
  ) throws -> AlertThreshold {
    let above = try number("above", &section)
    let below = try number("below", &section)
    guard (above == nil) != (below == nil), let bound = above ?? below else {
      throw section.failure("above", "either above or below must be there")
    }
    let isAbove = above != nil
    let clear = try number(isAbove ? "clear_below" : "clear_above", &section)
    if let clear, isAbove ? clear > bound : clear < bound {
      throw section.failure(
        isAbove ? "clear_below" : "clear_above", "\(clear) would end at once what fires at \(bound)")
    }
    return AlertThreshold(
      measurement: measurement, field: field, aggregate: aggregate, over: over, isAbove: isAbove, bound: bound,
      clearBound: clear)
  }

  /// `usual: { weeks: 4, below: 0.1 }`.
  private static func usual(
    _ given: ConfigurationSection, measurement: String, field: String, aggregate: Aggregate, over: Step
  ) throws -> UsualBound {
    var section = given
    let weeks = try section.integer("weeks", in: 2...Limits.usualWeeks) ?? 4
    let above = try number("above", &section)
    let below = try number("below", &section)
    guard (above == nil) != (below == nil), let factor = above ?? below else {
      throw section.failure("above", "either above or below must be there")
    }
    if let above, above <= 1 { throw section.failure("above", "\(above) times the usual is no bound: it is above 1") }
    if let below, below <= 0 || below >= 1 {
      throw section.failure("below", "\(below) times the usual is no bound: it lies between 0 and 1")
    }
    let spreads = try number("spreads", &section) ?? UsualBound.usualSpreads
    if spreads < 0 { throw section.failure("spreads", "\(spreads) is below 0") }
    try section.rejectUnknownKeys()
    return UsualBound(
      measurement: measurement, field: field, aggregate: aggregate, over: over, weeks: weeks, isAbove: above != nil,
      factor: factor, spreads: spreads)
  }

  private static func number(_ key: String, _ section: inout ConfigurationSection) throws -> Double? {
    guard let text = try section.text(key) else { return nil }
    guard let value = Double(text), value.isFinite else { throw section.failure(key, "\(text) is no number") }
    return value
  }

  private static func message(
    _ text: String, _ key: String, _ section: ConfigurationSection, _ takesAttributes: Bool
  ) throws -> AlertMessage {
    guard text.utf8.count <= Limits.alertMessageBytes else {
      throw section.failure(key, "has more than \(Limits.alertMessageBytes) octets")
    }
    do throws(AlertMessage.Flaw) {
      return try AlertMessage(text, takesAttributes: takesAttributes)
    } catch {
      throw section.failure(key, "\(error)")
    }
  }

  static func severity(_ text: String, _ key: String, _ section: ConfigurationSection) throws -> AlertSeverity {
    guard let severity = AlertSeverity(name: text) else {
      let known = AlertSeverity.allCases.map(\.name).joined(separator: ", ")
      throw section.failure(key, "\(text) is none of \(known)")
    }
    return severity
  }

  /// What may stand in kinds of events, in metrics and in names of folders.
  static func isName(_ text: String) -> Bool {
    (1...63).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (97...122).contains(byte) || (65...90).contains(byte) || byte == 45 || byte == 95
      }
  }
}
