public import Primitives

/// How many days each kind of table keeps.
public struct RetentionPolicy: Sendable {
  public var readingsDays: Int
  public var eventsDays: Int
  public var rollups5mDays: Int
  public var rollups1hDays: Int

  public init(readingsDays: Int, eventsDays: Int, rollups5mDays: Int, rollups1hDays: Int) {
    self.readingsDays = readingsDays
    self.eventsDays = eventsDays
    self.rollups5mDays = rollups5mDays
    self.rollups1hDays = rollups1hDays
  }

  /// From when on rows are kept: those before have expired, or may any moment.
  public func keptSince(nowNanos: UnixNanos) -> (readings: UnixNanos, events: UnixNanos) {
    (Self.limit(days: readingsDays, nowNanos), Self.limit(days: eventsDays, nowNanos))
  }

  private static func limit(days: Int, _ nowNanos: UnixNanos) -> UnixNanos {
    let (limit, overflow) = Expiry.limitDay(days: days, nowNanos: nowNanos).multipliedReportingOverflow(
      by: Nanos.perDay)
    return overflow ? .min : limit
  }

  func days(of table: TableName) -> Int? {
    switch table {
    case .readings: readingsDays
    case .events: eventsDays
    case .rollups(.fiveMinutes): rollups5mDays
    case .rollups(.hour): rollups1hDays
    case .devices: nil
    // Who keeps the audit has to note first what goes: see `Catalogue.expire`.
    case .audit: nil
    }
  }
}
