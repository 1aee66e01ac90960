import Logging

/// The `log` of a configuration.
extension ConfigurationReader {
  static func readLog(_ top: inout ConfigurationSection, _ configuration: inout Configuration) throws {
    guard var log = try top.section("log") else { return }
    if let text = try log.text("format") {
      if let format = LogSettings.Format(rawValue: text) {
        configuration.log.format = format
      } else {
        try log.note(
          "format", "\(text) is none of \(LogSettings.Format.allCases.map(\.rawValue).joined(separator: ", "))")
      }
    }
    if let text = try log.text("level") {
      if let level = Logger.Level(rawValue: text) {
        configuration.log.level = level
      } else {
        try log.note("level", "\(text) is none of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
      }
    }
    try log.rejectUnknownKeys()
  }
}
