extension Limits {
  /// Outages of an answer, held at some 100 bytes each.
  public static let outages = 100_000
  /// Times without a row, of which outages are made, held at 32 bytes each.
  public static let silences = 1_000_000
  /// How long a time availability may be asked for at once.
  public static let availabilityDays: Int64 = 800
}
