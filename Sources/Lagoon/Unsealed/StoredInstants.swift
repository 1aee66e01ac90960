import Telemetry

/// What the parts hold of the instants that late rows speak of.
struct StoredInstants: ~Copyable {
  /// A row of the parts, and the next one of its instant: index of `places`.
  private struct Link {
    var place: InstantRows.Place
    var next: Int32
  }

  private static let none: Int32 = -1

  /// By late row: its instant's number.
  private var instantOfRow: [Int32]
  /// By instant: the newest of its rows in the parts.
  private var newest: [Int32] = []
  private var links: [Link] = []

  /// Looks up the instants of those rows. Reads files: no lock is held that a device or a question waits for.
  ///
  /// - Parameter fields: the table's numbers of its fields, by name.
  init(_ late: LateRows, of table: TableBuffer, fields: [String: Int], sealed: any SealedRows) {
    instantOfRow = [Int32](repeating: Self.none, count: late.count)
    let series = number(late)
    var devices: [String: Int] = [:]
    var wanted: [DeviceInstants] = []
    var numbers: [SeriesKey: Int] = [:]
    for (index, one) in series.enumerated() {
      let key = table.series[one.number]
      numbers[key] = index
      let device = devices[key.device] ?? wanted.count
      if device == wanted.count {
        devices[key.device] = device
        wanted.append(DeviceInstants(device: key.device, times: one.times))
      } else {
        wanted[device].times = Array(Set(wanted[device].times).union(one.times)).sorted()
      }
    }
    for source in sealed.rows(in: table.name, at: wanted) { take(source, fields, numbers, series) }
  }

  /// The instants of one series, numbered from `first` on.
  private struct SeriesInstants {
    var number: UInt32
    var first: Int
    /// Ascending.
    var times: [Int64]
  }

  /// Numbers the instants of all rows.
  private mutating func number(_ late: LateRows) -> [SeriesInstants] {
    var rows: [(series: UInt32, time: Int64, row: Int32)] = []
    rows.reserveCapacity(late.count)
    for chunk in late.list.chunks {
      for row in 0..<chunk.count { rows.append((chunk.series(row), chunk.time(row), Int32(rows.count))) }
    }
    rows.sort { $0.series != $1.series ? $0.series < $1.series : $0.time < $1.time }
    var found: [SeriesInstants] = []
    for row in rows {
      if found.last?.number != row.series {
        found.append(SeriesInstants(number: row.series, first: newest.count, times: []))
      }
      if found[found.count - 1].times.last != row.time {
        found[found.count - 1].times.append(row.time)
        newest.append(Self.none)
      }
      instantOfRow[Int(row.row)] = Int32(newest.count - 1)
    }
    return found
  }

  private mutating func take(
    _ source: RowSource, _ fields: [String: Int], _ numbers: [SeriesKey: Int], _ series: [SeriesInstants]
  ) {
    // Looked up by name: the numbers of a part's columns are its own.
    let fields = source.fields.map { fields[$0.name] ?? -1 }
    for chunk in source.chunks {
      var known = UInt32.max
      var own: SeriesInstants?
      for row in 0..<chunk.count {
        if chunk.series(row) != known {
          known = chunk.series(row)
          own = numbers[source.series[known]].map { series[$0] }
        }
        guard let own, let index = own.times.index(ofSorted: chunk.time(row)) else { continue }
        let instant = own.first + index
        links.append(
          Link(place: InstantRows.Place(chunk: chunk, row: row, fields: fields), next: newest[instant]))
        newest[instant] = Int32(links.count - 1)
      }
    }
  }

  /// The stored rows of a late row's series and instant, in the order of the parts.
  borrowing func rows(besideLateRow number: Int) -> [InstantRows.Place] {
    var next = newest[Int(instantOfRow[number])]
    if next == Self.none { return [] }
    var found: [InstantRows.Place] = []
    while next != Self.none {
      found.append(links[Int(next)].place)
      next = links[Int(next)].next
    }
    return found.reversed()
  }
}

extension Array where Element == Int64 {
  /// The index of a value among ascending ones; nil if it is not there.
  func index(ofSorted value: Int64) -> Int? {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == value ? low : nil
  }
}
