/// What became of a piece of lines.
public struct LineReceipt: Sendable {
  public enum Fate: Sendable, Equatable {
    /// What was not refused is in the journal and survives whatever comes.
    case stored
    /// Nothing can be counted on: the journal fails, memory is full, or the node stops. It may be sent again.
    case unavailable
  }

  public var fate: Fate
  /// Rows that are stored, repeated ones among them.
  public var rows = 0
  /// Lines of which no row is stored.
  public var refusedLines = 0
  /// Lines of which a row is stored without some of its fields.
  public var flawedLines = 0
  /// What was wrong with the first few.
  public var faults: [LineFault] = []

  public init(_ fate: Fate) {
    self.fate = fate
  }

  /// Whether every line is stored as it came.
  public var isWhole: Bool { fate == .stored && refusedLines == 0 && flawedLines == 0 }
}

/// What was wrong with one line.
public struct LineFault: Sendable, Equatable {
  public enum Cause: Sendable, Equatable {
    case refused(RejectReason)
    /// Fields of it; the others are stored.
    case fieldsRefused(RejectReason)
    case shed(ShedReason)
  }

  /// The line's beginning, `Limits.lineFaultBytes` at the most.
  public var text: String
  /// The device that it is of, where that is what was wrong.
  public var device: String?
  public var cause: Cause
  /// The reason as the ledger calls it.
  public var label: String

  public init(text: String, device: String? = nil, cause: Cause, label: String) {
    self.label = label
    self.text = text
    self.device = device
    self.cause = cause
  }
}
