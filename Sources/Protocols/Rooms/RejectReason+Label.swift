public import Telemetry

extension RejectReason {
  /// The label in metrics and in the ledger: `line_bad_value`.
  public var label: String { Self.labels[Int(rawValue)] }

  /// Every reason that there is, in the order of the codes.
  public static let named = Set(shared + TelemetryProtocol.allCases.flatMap(\.traits.reasons))
    .sorted { $0.reason.rawValue < $1.reason.rawValue }

  /// By code; empty where none has it.
  private static let labels: [String] = {
    var labels = [String](repeating: "", count: codeLimit)
    for reason in named {
      precondition(labels[Int(reason.reason.rawValue)].isEmpty, "BUG: two reasons of one code: \(reason.label)")
      labels[Int(reason.reason.rawValue)] = reason.label
    }
    return labels
  }()
}
