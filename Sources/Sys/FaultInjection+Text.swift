extension FaultInjection {
  /// Reads rules as `THINAI_FAULTS` holds them; nil if any part is not understood.
  ///
  /// Rules are separated by `;`. Each is `<call>:<what>[:after=<n>][:times=<n>][:path=<text>]`, where the call is a
  /// raw value of `SystemCall` and what is an errno's name, `kill` or `short=<bytes>`:
  /// `fdatasync:ENOSPC:after=10:times=5;write:short=100:path=journal`.
  public static func parse(_ text: String) -> [Rule]? {
    var rules: [Rule] = []
    for part in text.split(separator: ";") {
      guard let rule = parseRule(part) else { return nil }
      rules.append(rule)
    }
    return rules
  }

  private static func parseRule(_ text: Substring) -> Rule? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 2, let call = SystemCall(rawValue: parts[0]), let effect = parseEffect(parts[1]) else {
      return nil
    }
    var rule = Rule(call, effect)
    for option in parts.dropFirst(2) {
      let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2 else { return nil }
      if pair[0] == "path" {
        rule.path = String(pair[1])
        continue
      }
      guard let number = Int(pair[1]), number >= 0 else { return nil }
      switch pair[0] {
      case "after": rule.after = number
      case "times": rule.times = number
      default: return nil
      }
    }
    return rule
  }

  private static func parseEffect(_ text: String) -> Effect? {
    if text == "kill" { return .kill }
    let short = "short="
    if text.hasPrefix(short) {
      guard let byteCount = Int(text.dropFirst(short.count)), byteCount >= 0 else { return nil }
      return .shortWrite(byteCount: byteCount)
    }
    return ErrorNumber.named(text).map { .error($0) }
  }
}
