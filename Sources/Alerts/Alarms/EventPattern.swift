public import Lagoon
public import Primitives
public import Text

/// Which events open an alarm, and which end it.
public struct EventPattern: Hashable, Sendable {
  /// What events are looked for by.
  public enum Match: Hashable, Sendable {
    /// Their kind: `snmp.linkDown`.
    case kind(String)
    /// Their message, by a regular expression, and who wrote it (`app` of syslog); nil for everybody.
    case message(MessagePattern, app: String?)
  }

  public var match: Match
  /// The kind of the events that end it; nil if only time does.
  public var clearKind: String?
  /// The message of the events that end it, where a message opens it.
  public var clearMessage: MessagePattern?
  /// Members of the attributes that tell one alarm from another, beside the device.
  public var keys: [String]
  /// How long its end is waited for before it opens.
  public var holdNanos: Int64
  /// It ends by itself when nothing of it came for so long.
  public var clearAfterNanos: Int64?
  /// Whether devices that depend on its device may be silent because of it.
  public var explainsSilence: Bool

  public init(
    match: Match, clearKind: String? = nil, clearMessage: MessagePattern? = nil, keys: [String] = [],
    holdNanos: Int64 = 0, clearAfterNanos: Int64? = nil, explainsSilence: Bool = false
  ) {
    self.match = match
    self.clearKind = clearKind
    self.clearMessage = clearMessage
    self.keys = keys
    self.holdNanos = holdNanos
    self.clearAfterNanos = clearAfterNanos
    self.explainsSilence = explainsSilence
  }

  /// Whether an event of that kind may mean anything to it.
  public func mayMean(_ kind: String) -> Bool {
    switch match {
    case .kind(let own): [own, clearKind].contains { $0.map { $0 == kind || $0.hasPrefix(kind + ".") } ?? false }
    case .message: true
    }
  }

  /// What an event means to it.
  public enum Meaning: Hashable, Sendable {
    case opens
    case clears
  }

  /// What an event means to it; nil for nothing.
  public func meaning(of event: SeenEvent, _ matcher: inout MessageMatcher) -> Meaning? {
    if let clearKind, event.isOf(clearKind) { return .clears }
    switch match {
    case .kind(let kind): return event.isOf(kind) ? .opens : nil
    case .message(let pattern, let app):
      if let app, event.attributes["app"]?.text != app { return nil }
      if let clearMessage, matcher.matches(clearMessage, event.message) { return .clears }
      return matcher.matches(pattern, event.message) ? .opens : nil
    }
  }
}

/// An event, as far as rules look at it.
public struct SeenEvent: Sendable {
  public var time: UnixNanos
  public var device: String
  public var kind: String
  public var message: String
  /// What is beside its text; null if it is no JSON.
  public var attributes: JSONValue

  public init(time: UnixNanos, device: String, kind: String, message: String, attributes: JSONValue) {
    self.time = time
    self.device = device
    self.kind = kind
    self.message = message
    self.attributes = attributes
  }

  /// A row of the table of events.
  public init(_ row: ResultRow) {
    self.init(
      time: row.time, device: row.device, kind: row.text("kind") ?? "", message: row.text("message") ?? "",
      attributes: (try? JSONReader.read(Array((row.text("attributes") ?? "").utf8))) ?? .null)
  }

  /// Whether it is of that kind, or is what stands there behind its kind and a point: notifications of SNMP are all of kind
  /// `snmp`, and say their names as their messages (`snmp.linkDown`).
  public func isOf(_ name: String) -> Bool {
    if name == kind { return true }
    return !message.isEmpty && name.utf8.count == kind.utf8.count + message.utf8.count + 1
      && name.hasPrefix(kind + ".") && name.hasSuffix(message)
  }

  /// The value of a member as text: of that name, or of that name with an instance behind a point, as SNMP has them
  /// (`ifIndex.2`). Empty if there is none.
  public func value(of name: String) -> String {
    if name == "device" { return device }
    let exact = attributes[name] ?? attributes.members.first { $0.name.hasPrefix(name + ".") }?.value
    guard let exact else { return "" }
    if let text = exact.text { return text }
    return exact == .null ? "" : exact.serialized
  }
}
