import Parquet
import Primitives

/// Which parts of a table become one: those of a year or a month where these hold few rows, else those of a day, and of
/// today those of an hour, as soon as that time is over.
///
/// A part that a sparse table keeps for a whole month or year has its first row's day in its path. Thousands of files
/// with more footer than rows would help nobody.
struct CompactionPlan {
  /// What the time is by which periods are over.
  var nowNanos: UnixNanos
  /// Parts compacted at a lower level, or never, are written anew.
  var level: Int32
  /// Parts compacted in another way are written anew too.
  var profile = EncodingProfile.thorough
  /// Whether all that can be merged is to be, now: not in service, where parts that are late are waited for.
  var isAtOnce = false

  /// Months and years with at most so many rows become one part.
  static let sparseRows = Limits.rowsPerRowGroup
  /// Late rows are waited for so long before what was compacted is written anew with them…
  static let quietNanos = Nanos.perHour
  /// …unless there are so many parts of them.
  static let mostParts = 48

  /// The parts of each group, each group in the order of their times.
  func groups(of table: TableState) -> [[Part]] {
    let unit = table.precision.unitNanos
    let today = CalendarDate(daysSinceEpoch: Int(flooredDivision(nowNanos, by: Nanos.perDay)))
    let thisHour = flooredDivision(nowNanos, by: Nanos.perHour)
    var rest = table.parts
    func day(_ time: Int64) -> CalendarDate {
      CalendarDate(daysSinceEpoch: Int(flooredDivision(time, by: Nanos.perDay / unit)))
    }
    var groups: [[Part]] = []
    groups += Self.take(from: &rest, mostRows: Self.sparseRows) { part in
      let (first, last) = (day(part.oldestTime), day(part.newestTime))
      return first.year == last.year && last.year < today.year ? Int64(first.year) : nil
    }
    groups += Self.take(from: &rest, mostRows: Self.sparseRows) { part in
      let (first, last) = (day(part.oldestTime), day(part.newestTime))
      let month = first.year * 12 + first.month
      let isOver = month < today.year * 12 + today.month
      return isOver && month == last.year * 12 + last.month ? Int64(month) : nil
    }
    groups += Self.take(from: &rest, mostRows: Limits.rowsPerPart) { part in
      let (first, last) = (day(part.oldestTime), day(part.newestTime))
      return first == last && first < today ? Int64(first.daysSinceEpoch) : nil
    }
    // A part that was sealed over the turn of the hour goes with the later one.
    groups += Self.take(from: &rest, mostRows: .max) { part in
      let hour = flooredDivision(part.newestTime, by: Nanos.perHour / unit)
      return day(part.oldestTime) == day(part.newestTime) && hour < thisHour ? hour : nil
    }
    return groups.filter(isDue).map { $0.sorted { ($0.oldestTime, $0.path) < ($1.oldestTime, $1.path) } }
  }

  /// Takes the parts of every period that has no more rows than that, oldest first.
  private static func take(from rest: inout [Part], mostRows: Int, _ period: (Part) -> Int64?) -> [[Part]] {
    var groups: [Int64: [Part]] = [:]
    for part in rest { if let number = period(part) { groups[number, default: []].append(part) } }
    let taken = groups.filter { $0.value.reduce(0) { $0 + $1.rowCount } <= mostRows }
    let paths = Set(taken.values.joined().map(\.path))
    rest.removeAll { paths.contains($0.path) }
    return taken.sorted { $0.key < $1.key }.map(\.value)
  }

  private func isDue(_ group: [Part]) -> Bool {
    if group.count == 1 { return (group[0].level ?? .min) < level || group[0].profile != profile.rawValue }
    let isNew = group.allSatisfy { $0.level == nil }
    if isAtOnce || isNew || group.count >= Self.mostParts { return true }
    let newest = group.map(\.modifiedMillis).max() ?? 0
    return newest * Nanos.perMillisecond + Self.quietNanos <= nowNanos
  }
}
