public import Text

extension FiringAlert {
  public var json: JSONValue {
    .members(
      ("rule", .string(rule)), ("scope", .string(scope)), ("severity", .string(severity)), ("since", .integer(since)),
      ("subject", .string(subject)))
  }

  /// nil if something of it is missing.
  public init?(json: JSONValue) {
    guard let rule = json["rule"]?.text, let scope = json["scope"]?.text, let severity = json["severity"]?.text,
      let subject = json["subject"]?.text, let since = json["since"]?.integer
    else { return nil }
    self.init(rule: rule, scope: scope, severity: severity, subject: subject, since: since)
  }
}
