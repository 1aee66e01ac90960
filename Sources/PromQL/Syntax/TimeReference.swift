/// What stands behind `@`: all steps see the data of that time.
public enum TimeReference: Hashable, Sendable {
  case at(Int64)
  case start
  case end
}
