/// What opens an alarm. Raw values are the interface's.
public enum AlarmKind: String, CaseIterable, Sendable {
  /// An aggregate beyond its bound.
  case bound
  case silence
  case event
  /// Many devices of one area that fell silent together.
  case storm
}

/// Where an alarm stands. Raw values are the interface's.
public enum AlarmState: String, CaseIterable, Sendable {
  case active
  /// Somebody has said that they look after it.
  case acknowledged
  /// Set aside until a time.
  case shelved
  case closed
}
