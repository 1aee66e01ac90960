/// What somebody may do. Raw values are the interface's.
public enum Permission: String, CaseIterable, Sendable {
  /// Ask for data.
  case read
  /// Acknowledge, shelve, note, plan maintenance.
  case operate
  /// Write lines, import.
  case write
  /// Everything, and the audit, the node's own figures, the registry.
  case admin
}
