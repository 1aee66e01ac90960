import Primitives

/// How the audit fares, for metrics and for who asks whether the node is ready.
public struct AuditFacts: Sendable {
  /// Lines that were made durable since the start.
  public internal(set) var lines: UInt64 = 0
  /// Lines that are in no part yet.
  public internal(set) var waiting = 0
  /// Writes that failed.
  public internal(set) var failures: UInt64 = 0
  /// Questions that were not answered because their lines could not be kept.
  public internal(set) var refused: UInt64 = 0
  /// Requests for the node's own state that were answered without a line meanwhile.
  public internal(set) var unkept: UInt64 = 0
  /// Requests without anybody's token that have no line, because their address had many.
  public internal(set) var omitted: UInt64 = 0
  /// Whether questions are refused now.
  var isFull = false
  var startFault: String?
  var writeFault: String?
  var anchorFault: String?
  var sealFault: String?
  var expiryFault: String?

  /// What keeps lines from the disk, and what becomes of questions.
  var complaints: [String] {
    let faults = [writeFault, sealFault].compactMap { $0 }
    if isFull {
      let cause = faults.isEmpty ? "" : ": " + faults.joined(separator: "; ")
      return ["questions are refused: \(waiting) lines of the audit wait\(cause)"]
    }
    return writeFault.map { ["\($0); questions are answered until \(Limits.auditLines) lines wait"] } ?? []
  }

  /// What else is wrong.
  var warnings: [String] { [startFault, anchorFault, isFull ? nil : sealFault, expiryFault].compactMap { $0 } }
}

/// What the audit is made of.
struct AuditSettings: Sendable {
  var node: String
  var data: String
  var sealIntervalNanos: Int64
  var retentionDays: Int
  var compactLevel: Int32
  /// Lines that may wait for the table before questions are refused.
  var mostLines = Limits.auditLines
}
