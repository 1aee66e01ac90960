/// Something that became of an alarm.
public struct AlarmChange: Hashable, Sendable {
  public enum What: Hashable, Sendable {
    case opened
    /// It is over.
    case closed
    /// Another alarm has taken it over, which tells of it.
    case taken
    /// Something else of it is new: devices that belong to it, how often it was seen, what somebody did.
    case changed
  }

  public var what: What
  public var alarm: Alarm

  public init(_ what: What, _ alarm: Alarm) {
    self.what = what
    self.alarm = alarm
  }
}
