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
