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
  /// - Parameter rows: rows of one instant, in any order.
  static func merged(_ rows: [ResultRow]) -> [ResultRow] {
    if rows.count < 2 { return rows }
    var made: [ResultRow] = []
    var open = OpenRows()
    for rank in rows.map(Rank.init).sorted(by: Rank.precedes) {
      if let first = open.rows.first, first.device != rank.row.device || first.tags != rank.row.tags {
        made += open.rows
        open = OpenRows()
      }
      open.take(rank.row)
    }
    made += open.rows
    for index in made.indices { made[index].fields.sort { $0.name < $1.name } }
    return made.map(Rank.init).sorted(by: Rank.precedes).map(\.row)
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
