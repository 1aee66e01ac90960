/// How grave something is: RFC 5424 table 2. The raw value is its number there, 0 the gravest.
public enum AlertSeverity: UInt8, CaseIterable, Sendable {
  case emergency, alert, critical, error, warning, notice, informational, debug

  /// Its name in events.
  public var name: String {
    switch self {
    case .emergency: "emergency"
    case .alert: "alert"
    case .critical: "critical"
    case .error: "error"
    case .warning: "warning"
    case .notice: "notice"
    case .informational: "informational"
    case .debug: "debug"
    }
  }

  /// nil if it is none of the eight.
  public init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// Whether it is as grave as the other, or graver.
  public func isAtLeast(_ other: AlertSeverity) -> Bool { rawValue <= other.rawValue }
}
