import Alerts
import Primitives

/// The `alertmanager` of a configuration.
extension ConfigurationReader {
  static func alertmanager(
    _ section: ConfigurationSection, rules: [AlertRule]
  ) throws -> AlertmanagerSettings {
    var section = section
    let name = try receiverName(&section, orElse: AlertmanagerSettings.kind)
    guard var url = try section.text("url"), isAddress(url), !url.contains("?"), !url.contains("#") else {
      throw section.failure("url", "must be an address such as http://127.0.0.1:9093")
    }
    // Whoever gives the whole address means the same.
    for ending in ["/", "/alerts", "/", "/api/v2", "/"] where url.hasSuffix(ending) {
      url.removeLast(ending.count)
    }
    var settings = AlertmanagerSettings(name: name, url: url)
    settings.choice = try choice(&section, rules: rules, takesGroup: false)
    settings.headers = try headers(&section)
    settings.resendNanos =
      try section.duration("resend", in: 10 * Nanos.perSecond...4 * Nanos.perMinute) ?? settings.resendNanos
    settings.link = try link(&section)
    if var labels = try section.section("labels") {
      if labels.keys.count > Limits.alertmanagerLabels {
        throw section.failure("labels", "there may be \(Limits.alertmanagerLabels)")
      }
      for label in labels.keys {
        guard AlertmanagerAlert.isLabel(label), !AlertmanagerAlert.ownLabels.contains(label) else {
          throw labels.failure(label, "is no label that can be set here")
        }
        settings.labels[label] = try labels.text(label) ?? ""
      }
    }
    try section.rejectUnknownKeys()
    return settings
  }

  /// Where this node is reached by people.
  static func link(_ section: inout ConfigurationSection) throws -> String? {
    guard var link = try section.text("link") else { return nil }
    guard isAddress(link), link.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw section.failure("link", "must be an address such as https://thinai.example.vn")
    }
    if link.hasSuffix("/") { link.removeLast() }
    return link
  }
}
