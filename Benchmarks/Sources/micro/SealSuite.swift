import Lagoon

/// One generation to parts: rows sorted, encoded, compressed, written and committed, the rollups of five minutes with
/// them. CPU time, so that waiting for the disk isn't in it.
enum SealSuite {
  static func run(_ harness: inout Harness, _ traffic: RecordedTraffic, _ scratch: ScratchDirectory) throws {
    let empty = try Catalogue(data: scratch("none"), node: "micro")
    let frozen = traffic.tables(sealed: empty).frozen(generation: RecordedTraffic.generation)
    let transaction = LaneTransaction(lane: "micro/lane-00", segment: RecordedTraffic.generation)
    var number = 0
    var partBytes = 0
    try harness.measure("seal a generation", per: "reading") { watch in
      number += 1
      let catalogue = try Catalogue(data: scratch("seal-\(number)"), node: "micro")
      watch.start()
      try catalogue.seal(frozen, transactions: [transaction])
      watch.stop()
      let parts = catalogue.table(RecordedTraffic.table)?.parts ?? []
      let rows = parts.reduce(0) { $0 + $1.rowCount }
      precondition(rows == traffic.rows, "BUG: \(rows) rows sealed of \(traffic.rows)")
      partBytes = parts.reduce(0) { $0 + $1.byteCount }
      return traffic.readings
    }
    harness.note("a generation's parts", Double(partBytes) / Double(traffic.readings), unit: "bytes per reading")
  }
}
