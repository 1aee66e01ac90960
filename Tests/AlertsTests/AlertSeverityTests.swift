import Alerts
import Testing

@Suite struct AlertSeverityTests {
  @Test func namesComeBackAndTheGravestIsFirst() {
    for severity in AlertSeverity.allCases { #expect(AlertSeverity(name: severity.name) == severity) }
    #expect(AlertSeverity.allCases.map(\.rawValue) == Array(0...7))
    #expect(AlertSeverity.emergency.isAtLeast(.debug) && AlertSeverity.warning.isAtLeast(.warning))
    #expect(!AlertSeverity.notice.isAtLeast(.warning))
    for name in ["", "Warning", "warn", "err", "0"] { #expect(AlertSeverity(name: name) == nil) }
  }
}
