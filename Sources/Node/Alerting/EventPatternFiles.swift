import Alerts
import Primitives

/// Reads the `event` of a rule, as files of rules have it.
/// ```yaml
/// event: { kind: snmp.linkDown, clear: snmp.linkUp, key: [device, ifIndex] }
/// event: { match: { message: "door (open|forced)", app: gate }, hold: 10s, clear_after: 6h }
/// event: { kind: snmp.upsOnBattery, clear: snmp.upsPowerRestored, explains_silence: true }
/// ```
enum EventPatternFiles {
  /// - Parameter scope: becomes that of everything where the key does not tell devices apart.
  static func read(_ given: ConfigurationSection, scope: inout AlertScope) throws -> EventPattern {
    var section = given
    let match = try match(&section)
    var pattern = EventPattern(match: match)
    try readEnd(&section, &pattern)
    let keys = try section.texts("key") ?? ["device"]
    if Set(keys).count != keys.count { throw section.failure("key", "a member stands there twice") }
    if keys.count > longestKey { throw section.failure("key", "there may be \(longestKey) members") }
    if !keys.contains("device") { scope = .all }
    pattern.keys = keys.filter { $0 != "device" }
    pattern.holdNanos = try section.duration("hold", in: 0...7 * Nanos.perDay) ?? 0
    switch try section.text("explains_silence") ?? "false" {
    case "true", "yes": pattern.explainsSilence = true
    case "false", "no": break
    case let other: throw section.failure("explains_silence", "\(other) is neither true nor false")
    }
    if pattern.explainsSilence && scope != .device {
      throw section.failure("explains_silence", "the key must tell devices apart")
    }
    try section.rejectUnknownKeys()
    return pattern
  }

  private static let longestKey = 8

  private static func match(_ section: inout ConfigurationSection) throws -> EventPattern.Match {
    let kind = try section.text("kind")
    guard var match = try section.section("match") else {
      guard let kind, !kind.isEmpty else { throw section.failure("kind", "is missing, as is match: an event has one") }
      return .kind(kind)
    }
    if kind != nil { throw section.failure("kind", "either kind or match may be there") }
    guard let text = try match.text("message") else { throw match.failure("message", "is missing") }
    let pattern = try pattern(text, "message", match)
    let app = try match.text("app")
    try match.rejectUnknownKeys()
    return .message(pattern, app: app)
  }

  /// What ends it: an event, time, or both.
  private static func readEnd(_ section: inout ConfigurationSection, _ pattern: inout EventPattern) throws {
    pattern.clearAfterNanos = try section.duration("clear_after", in: Nanos.perSecond...365 * Nanos.perDay)
    switch pattern.match {
    case .kind(let kind):
      pattern.clearKind = try section.text("clear")
      if pattern.clearKind == kind { throw section.failure("clear", "\(kind) cannot end what it begins") }
    case .message:
      pattern.clearMessage = try section.text("clear").map { try Self.pattern($0, "clear", section) }
    }
    if pattern.clearKind == nil && pattern.clearMessage == nil && pattern.clearAfterNanos == nil {
      throw section.failure("clear", "is missing, as is clear_after: nothing would ever end the alarm")
    }
  }

  private static func pattern(
    _ text: String, _ key: String, _ section: ConfigurationSection
  ) throws -> MessagePattern {
    do {
      return try MessagePattern(text)
    } catch {
      throw section.failure(key, "\(text) is no regular expression: \(error)")
    }
  }
}
