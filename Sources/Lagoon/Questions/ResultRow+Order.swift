import Telemetry

extension ResultRow {
  /// What a row is ordered by among those of its instant: nothing but what it says. Made once a row, since a datagram
  /// may hold thousands of one instant.
  private struct Rank {
    let row: ResultRow
    let tags: String
    let fields: String

    init(_ row: ResultRow) {
      self.row = row
      tags = row.tags.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
      fields = row.fields.sorted { $0.name < $1.name }.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    }

    static func precedes(_ a: Rank, _ b: Rank) -> Bool {
      if a.row.device != b.row.device { return a.row.device < b.row.device }
      if a.row.tags != b.row.tags { return a.tags < b.tags }
      return a.fields < b.fields
    }
  }

  /// Makes rows of one series and instant with disjoint fields into one, as sealing does, so that an answer does not
  /// depend on whether they were sealed. The others stay.
  ///
  /// - Parameter rows: rows of one instant, in the order of arrival.
  /// - Returns: by device and tags, and of one series in the order in which they arrived.
  static func merged(_ rows: [ResultRow]) -> [ResultRow] {
    if rows.count < 2 { return rows }
    var made: [ResultRow] = []
    for series in bySeries(rows) {
      var open = OpenRows()
      for row in series { open.take(row) }
      made += open.rows
    }
    for index in made.indices { made[index].fields.sort { $0.name < $1.name } }
    return made
  }

  /// Of rows of one instant and device, in the order of arrival, the one that came last: of the first series, if they are
  /// of several.
  static func newest(of rows: [ResultRow]) -> ResultRow? {
    bySeries(rows).first.flatMap { merged($0).last }
  }

  /// Rows by device and tags, each series' in the order in which they are given.
  private static func bySeries(_ rows: [ResultRow]) -> [[ResultRow]] {
    if rows.count < 2 { return rows.isEmpty ? [] : [rows] }
    var places: [Series: Int] = [:]
    var series: [(name: Series, rows: [ResultRow])] = []
    for row in rows {
      let name = Series(row)
      if let place = places[name] {
        series[place].rows.append(row)
      } else {
        places[name] = series.count
        series.append((name, [row]))
      }
    }
    return series.sorted { $0.name < $1.name }.map(\.rows)
  }

  private struct Series: Hashable, Comparable {
    var device: String
    var tags: String

    init(_ row: ResultRow) {
      device = row.device
      tags = row.tags.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    }

    static func < (a: Series, b: Series) -> Bool { (a.device, a.tags) < (b.device, b.tags) }
  }

  /// The rows in an order that depends on nothing but what they say.
  static func ordered(_ rows: [ResultRow]) -> [ResultRow] {
    if rows.count < 2 { return rows }
    return rows.map(Rank.init).sorted { a, b in
      a.row.time != b.row.time ? a.row.time < b.row.time : Rank.precedes(a, b)
    }.map(\.row)
  }

  /// Rows of one series and instant that others may still be made one with: each goes to the first that has none of its
  /// fields.
  private struct OpenRows {
    private(set) var rows: [ResultRow] = []
    private var names: [Set<String>] = []
    /// The first row that lacks a field. Rows only gain fields, so it only moves on, and rows that all have the same
    /// fields are not compared with each other.
    private var firstWithout: [String: Int] = [:]

    mutating func take(_ row: ResultRow) {
      let own = Set(row.fields.map(\.name))
      var place = own.reduce(0) { max($0, firstWithout[$1] ?? 0) }
      while place < rows.count && !names[place].isDisjoint(with: own) { place += 1 }
      if place == rows.count {
        rows.append(row)
        names.append(own)
      } else {
        rows[place].fields += row.fields
        rows[place].receivedMillis = rows[place].receivedMillis ?? row.receivedMillis
        names[place].formUnion(own)
      }
      for name in own {
        var first = firstWithout[name] ?? 0
        while first < rows.count && names[first].contains(name) { first += 1 }
        firstWithout[name] = first
      }
    }
  }
}
