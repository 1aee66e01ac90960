import Primitives
public import Text

extension AlarmKey {
  var json: JSONValue {
    .members(
      ("rule", .string(rule)), ("scope", .string(scope.rawValue)), ("subject", .string(subject)),
      ("values", .array(values.map { .string($0) })))
  }

  init?(json: JSONValue?) {
    guard let json, let rule = json["rule"]?.text, let scope = json["scope"]?.text.flatMap(AlertScope.init),
      let subject = json["subject"]?.text, let values = json["values"]?.textList
    else { return nil }
    self.init(rule: rule, scope: scope, subject: subject, values: values)
  }
}

extension Alarm {
  /// As it is kept.
  public var json: JSONValue {
    let optional: [(String, JSONValue?)] = [
      ("closed", closed.map { .integer($0) }), ("cause", cause.map { .string($0) }),
      ("value", value.map { .number($0) }), ("acknowledged", acknowledgement?.json), ("shelved", shelf?.json),
    ]
    return .members(
      [
        ("id", .string(id)), ("key", key.json), ("kind", .string(kind.rawValue)),
        ("severity", .string(severity.name)), ("area", .string(area)), ("class", .string(deviceClass)),
        ("opened", .integer(opened)), ("changed", .integer(changed)), ("message", .string(message)),
        ("count", .integer(Int64(count))), ("children", .array(children.map { .string($0) })),
        ("ever", .array(everChildren.sorted().map { .string($0) })),
        ("history", .array(history.map(\.json))), ("told", .boolean(isTold)),
      ] + optional.compactMap { name, value in value.map { (name, $0) } })
  }

  /// nil if something of it is missing.
  public init?(json: JSONValue) {
    guard let id = json["id"]?.text, let key = AlarmKey(json: json["key"]),
      let kind = json["kind"]?.text.flatMap(AlarmKind.init),
      let severity = json["severity"]?.text.flatMap(
        AlertSeverity.init(name:)), let area = json["area"]?.text, let deviceClass = json["class"]?.text,
      let opened = json["opened"]?.integer, let changed = json["changed"]?.integer,
      let message = json["message"]?.text, let count = json["count"]?.integer,
      let children = json["children"]?.textList,
      let ever = json["ever"]?.textList, let history = json["history"]?.elements
    else { return nil }
    self.init(
      id: id, key: key, kind: kind, severity: severity, area: area, deviceClass: deviceClass, opened: opened,
      message: message)
    (self.changed, self.count, self.children) = (changed, Int(clamping: count), children)
    everChildren = Set(ever)
    self.history = history.compactMap { Entry(json: $0) }
    (closed, cause, value) = (json["closed"]?.integer, json["cause"]?.text, json["value"]?.double)
    acknowledgement = json["acknowledged"].flatMap { Acknowledgement(json: $0) }
    shelf = json["shelved"].flatMap { Shelf(json: $0) }
    isTold = json["told"] == .boolean(true)
  }
}

extension Alarm.Acknowledgement {
  fileprivate var json: JSONValue {
    .members(("by", .string(by)), ("at", .integer(at)), ("note", .string(note)))
  }

  fileprivate init?(json: JSONValue) {
    guard let by = json["by"]?.text, let at = json["at"]?.integer, let note = json["note"]?.text else { return nil }
    self.init(by: by, at: at, note: note)
  }
}

extension Alarm.Shelf {
  fileprivate var json: JSONValue {
    .members(
      ("by", .string(by)), ("at", .integer(at)), ("until", .integer(until)), ("note", .string(note)))
  }

  fileprivate init?(json: JSONValue) {
    guard let by = json["by"]?.text, let at = json["at"]?.integer, let until = json["until"]?.integer,
      let note = json["note"]?.text
    else { return nil }
    self.init(by: by, at: at, until: until, note: note)
  }
}

extension Alarm.Entry {
  fileprivate var json: JSONValue {
    let optional: [(String, JSONValue?)] = [
      ("by", by.map { .string($0) }), ("note", note.map { .string($0) }), ("until", until.map { .integer($0) }),
    ]
    return .members(
      [("at", .integer(at)), ("what", .string(what.rawValue))]
        + optional.compactMap { name, value in value.map { (name, $0) } })
  }

  fileprivate init?(json: JSONValue) {
    guard let at = json["at"]?.integer, let what = json["what"]?.text.flatMap(What.init) else { return nil }
    self.init(
      at: at, what: what, by: json["by"]?.text, note: json["note"]?.text, until: json["until"]?.integer)
  }
}

extension AlarmCondition {
  /// As it is kept.
  public var json: JSONValue {
    let place: JSONValue? =
      switch place {
      case .none: nil
      case .own(let id): .members(("own", .string(id)))
      case .under(let id): .members(("under", .string(id)))
      }
    let optional: [(String, JSONValue?)] = [
      ("value", value.map { .number($0) }), ("clear_after", clearAfterNanos.map { .integer($0) }),
      ("place", place), ("held_until", heldUntil.map { .integer($0) }),
    ]
    return .members(
      [
        ("key", key.json), ("kind", .string(kind.rawValue)), ("severity", .string(severity.name)),
        ("since", .integer(since)), ("fired", .integer(fired)), ("message", .string(message)),
        ("count", .integer(Int64(count))), ("touched", .integer(touched)),
        ("explains_silence", .boolean(explainsSilence)),
      ] + optional.compactMap { name, value in value.map { (name, $0) } })
  }

  /// nil if something of it is missing.
  public init?(json: JSONValue) {
    guard let key = AlarmKey(json: json["key"]), let kind = json["kind"]?.text.flatMap(AlarmKind.init),
      let severity = json["severity"]?.text.flatMap(AlertSeverity.init(name:)), let since = json["since"]?.integer,
      let fired = json["fired"]?.integer, let message = json["message"]?.text, let count = json["count"]?.integer,
      let touched = json["touched"]?.integer
    else { return nil }
    self.init(
      key: key, kind: kind, severity: severity, since: since, fired: fired, message: message,
      value: json["value"]?.double)
    (self.count, self.touched) = (Int(clamping: count), touched)
    (clearAfterNanos, heldUntil) = (json["clear_after"]?.integer, json["held_until"]?.integer)
    explainsSilence = json["explains_silence"] == .boolean(true)
    if let id = json["place"]?["own"]?.text { place = .own(id) }
    if let id = json["place"]?["under"]?.text { place = .under(id) }
  }
}

extension MaintenanceWindow {
  /// As it is kept.
  public var json: JSONValue {
    let (name, value) = subject.named
    return .members(
      ("id", .string(id)), (name, .string(value)), ("from", .integer(from)), ("to", .integer(to)),
      ("note", .string(note)), ("by", .string(by)))
  }

  /// nil if something of it is missing.
  public init?(json: JSONValue) {
    let subject: Subject? =
      if let id = json["device"]?.text { .device(id) } else if let code = json["area"]?.text { .area(code) } else {
        json["class"]?.text.map { .deviceClass($0) }
      }
    guard let subject, let id = json["id"]?.text, let from = json["from"]?.integer, let to = json["to"]?.integer,
      let note = json["note"]?.text, let by = json["by"]?.text
    else { return nil }
    self.init(id: id, subject: subject, from: from, to: to, note: note, by: by)
  }
}

extension MaintenanceWindow.Subject {
  /// As the interface names it.
  public var named: (name: String, value: String) {
    switch self {
    case .device(let id): ("device", id)
    case .area(let code): ("area", code)
    case .deviceClass(let name): ("class", name)
    }
  }
}

extension JSONValue {
  /// The texts of a list; nil if it holds something else.
  fileprivate var textList: [String]? {
    let texts = elements.compactMap(\.text)
    return texts.count == elements.count ? texts : nil
  }
}
