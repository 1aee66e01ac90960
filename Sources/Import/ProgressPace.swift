import Primitives

/// When progress is told, and as what.
public struct ProgressPace: Sendable {
  private let beganNanos: Int64
  private let everyNanos: Int64
  private var toldNanos: Int64

  /// Twice a second is as much as a terminal is read; a log keeps every line.
  private static let terminalNanos = Nanos.perSecond / 2
  private static let logNanos = 10 * Nanos.perSecond

  public init(beganNanos: Int64, isTerminal: Bool) {
    self.beganNanos = beganNanos
    everyNanos = isTerminal ? Self.terminalNanos : Self.logNanos
    toldNanos = beganNanos
  }

  /// `42 %, 120000 rows/s, 400000 rows stored`; nil while it is too early to tell again.
  public mutating func text(nowNanos: Int64, _ done: Int, of total: Int, rows: Int, stored: Int) -> String? {
    if nowNanos - toldNanos < everyNanos { return nil }
    toldNanos = nowNanos
    let percent = total > 0 ? min(100, Int((Double(done) / Double(total) * 100).rounded(.down))) : 100
    // Of a file that is looked at first no row was sent yet.
    if rows == 0 { return "\(percent) %" }
    let seconds = Double(nowNanos - beganNanos) / Double(Nanos.perSecond)
    return "\(percent) %, \(Int(Double(rows) / seconds)) rows/s, \(stored) rows stored"
  }
}
