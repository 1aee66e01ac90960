import CLinux
import Primitives

/// What the kernel says of the clock that gives the time of day (adjtimex(2)): whether something keeps it right, and how
/// wrong it may be.
public struct ClockDiscipline: Hashable, Sendable {
  /// A daemon that keeps it has told the kernel so lately: neither `STA_UNSYNC` nor `TIME_ERROR`.
  public var isSynchronised: Bool
  /// No further than this from the truth. The kernel lets it grow until it is told anew; at 16 s it gives up.
  public var maximumErrorNanos: Int64
  public var precisionNanos: Int64
  /// By how much the day's last minute is longer than sixty seconds: 1, 0 or -1.
  public var leapSeconds: Int

  public init(
    isSynchronised: Bool, maximumErrorNanos: Int64, precisionNanos: Int64 = 1_000, leapSeconds: Int = 0
  ) {
    self.isSynchronised = isSynchronised
    self.maximumErrorNanos = maximumErrorNanos
    self.precisionNanos = precisionNanos
    self.leapSeconds = leapSeconds
  }

  /// As of a clock that a daemon keeps, and as of one that nothing does.
  public static let kept = ClockDiscipline(isSynchronised: true, maximumErrorNanos: 5 * Nanos.perMillisecond)
  public static let loose = ClockDiscipline(isSynchronised: false, maximumErrorNanos: 16 * Nanos.perSecond)

  /// Asks the kernel. One that does not tell is taken for one whose clock nothing keeps.
  public static func current() -> ClockDiscipline {
    if SimulatedMachine.isUsed, let machine = SimulatedMachine.current { return machine.discipline }
    var raw = clinux_clock_discipline()
    if clinux_read_clock_discipline(&raw) < 0 { return .loose }
    return ClockDiscipline(
      isSynchronised: raw.is_synchronised != 0, maximumErrorNanos: raw.maximum_error_nanos,
      precisionNanos: raw.precision_nanos, leapSeconds: Int(raw.leap_seconds))
  }
}
