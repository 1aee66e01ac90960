import Logging
import Testing

@testable import Node

/// The `log` of a configuration.
@Suite struct LogSettingsTests {
  @Test(
    arguments: [
      ("", LogSettings.Format.text, Logger.Level.info), ("log: { format: json }", .json, .info),
      ("log: { level: trace, format: text }", .text, .trace), ("log: { level: critical }", .text, .critical),
    ] as [(String, LogSettings.Format, Logger.Level)])
  func isRead(text: String, format: LogSettings.Format, level: Logger.Level) throws {
    let log = try ConfigurationReader.read(text, file: "a.yaml").log
    #expect(log.format == format && log.level == level)
  }

  @Test(
    arguments: [
      ("log: { format: xml }", "line 1: log.format: xml is none of text, json"),
      (
        "log: { level: loud }",
        "line 1: log.level: loud is none of trace, debug, info, notice, warning, error, critical"
      ), ("log: { colour: red }", "line 1: log.colour: no such key"), ("log: json", "log must be a mapping"),
    ])
  func whatCannotBeUsedIsNamed(text: String, fault: String) {
    let (_, faults) = ConfigurationReader.examine(text, file: "a.yaml")
    #expect(faults.count == 1 && faults[0].description.contains(fault), "\(faults)")
  }
}
