import Telemetry

/// What the parts hold of the instants that late rows speak of.
struct StoredInstants: ~Copyable {
  private var byInstant: [GenerationRows.Instant: [InstantRows.Place]] = [:]

  /// Looks up the instants of those rows. Reads files: no lock is held that a device or a question waits for.
  ///
  /// - Parameter fields: the table's numbers of its fields, by name.
  init(_ late: LateRows, of table: TableBuffer, fields: [String: Int], sealed: any SealedRows) {
    var numbers: [SeriesKey: UInt32] = [:]
    var keys: [UInt32: SeriesKey] = [:]
    var wanted: Set<GenerationRows.Instant> = []
    var instants: [SealedInstant] = []
    for chunk in late.list.chunks {
      for row in 0..<chunk.count {
        let instant = GenerationRows.Instant(series: chunk.series(row), time: chunk.time(row))
        if !wanted.insert(instant).inserted { continue }
        let key = keys[instant.series] ?? table.series[instant.series]
        keys[instant.series] = key
        numbers[key] = instant.series
        instants.append(SealedInstant(device: key.device, time: instant.time))
      }
    }
    for source in sealed.rows(in: table.name, at: instants) {
      // Looked up by name: the numbers of a part's columns are its own.
      let fields = source.fields.map { fields[$0.name] ?? -1 }
      for chunk in source.chunks {
        for row in 0..<chunk.count {
          guard let series = numbers[source.series[chunk.series(row)]] else { continue }
          let instant = GenerationRows.Instant(series: series, time: chunk.time(row))
          if !wanted.contains(instant) { continue }
          byInstant[instant, default: []].append(InstantRows.Place(chunk: chunk, row: row, fields: fields))
        }
      }
    }
  }

  /// The stored rows of one series and instant.
  borrowing func rows(of series: UInt32, at time: Int64) -> [InstantRows.Place] {
    byInstant[GenerationRows.Instant(series: series, time: time)] ?? []
  }
}
