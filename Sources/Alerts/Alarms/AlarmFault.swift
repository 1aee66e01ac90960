/// Why something cannot be done to an alarm, or to planned work.
public enum AlarmFault: Error, Hashable, Sendable {
  /// There is none of that id, or none that whoever asks may see.
  case unknown
  /// It is over.
  case closed
  /// What is asked for makes no sense, and why.
  case senseless(String)
  /// There are as many as there may be.
  case tooMany(String)
  /// Nothing can be done yet, and why.
  case unready(String)
  /// It is done, and could not be made durable yet: it holds until the next start, and is kept as soon as it can be.
  case unkept(String)
}
