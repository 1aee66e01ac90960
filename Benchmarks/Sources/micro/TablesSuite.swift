import Fleet
import Lagoon
import Primitives
import Rollups
import Telemetry

/// Rows in memory: into the tables, and summed up by queries.
enum TablesSuite {
  static func run(_ harness: inout Harness, _ traffic: RecordedTraffic, _ scratch: ScratchDirectory) throws {
    let catalogue = try Catalogue(data: scratch("empty"), node: "micro")
    apply(&harness, traffic, catalogue)
    buckets(&harness)
    try queries(&harness, traffic, catalogue)
  }

  /// Chunks grow, so rows may allocate; series and layouts are defined before the watch runs.
  private static func apply(_ harness: inout Harness, _ traffic: RecordedTraffic, _ catalogue: Catalogue) {
    harness.measure("apply a batch to the unsealed tables", per: "row") { watch in
      let tables = UnsealedTables(sealed: catalogue)
      var applier = BatchApplier()
      _ = RecordedTraffic.apply(traffic.batches[0], to: tables, &applier)
      var rows = 0
      watch.start()
      for batch in traffic.batches.dropFirst() { rows += RecordedTraffic.apply(batch, to: tables, &applier) }
      watch.stop()
      return rows
    }
    harness.restate(per: "reading", factor: 0.25)
  }

  private static func buckets(_ harness: inout Harness) {
    var random = FleetRandom(seed: 42, stream: 0)
    let values = (0..<100_000).map { _ in Double(random.below(10_000)) / 100 }
    var bucket = Bucket()
    harness.measure("add to one rollup bucket", per: "reading", promise: .noAllocation) { watch in
      bucket = Bucket()
      watch.start()
      for index in values.indices { bucket.add(values[index], at: Int64(index) * Nanos.perSecond) }
      watch.stop()
      precondition(bucket.count == Int64(values.count), "BUG: \(bucket.count) readings of \(values.count)")
      return values.count
    }
  }

  private static func queries(_ harness: inout Harness, _ traffic: RecordedTraffic, _ catalogue: Catalogue) throws {
    let tables = traffic.tables(sealed: catalogue)
    guard let memory = tables.view(of: RecordedTraffic.table) else { fatalError("BUG: a table without a view") }
    let view = LagoonView(
      tables: [RecordedTraffic.table: TableView(name: RecordedTraffic.table, unsealed: memory.generations.map(\.rows))],
      reader: catalogue, version: 1, watermark: traffic.times.upperBound)
    guard let fiveMinutes = Step("5m"), let minute = Step("1m") else { fatalError("BUG: a step that is none") }
    let defaults = RollupQuery.defaultAggregates
    try query(&harness, "rollup of unsealed rows, 5m", fiveMinutes, defaults, .none, traffic, view)
    try query(&harness, "rollup of unsealed rows, 1m by device", minute, defaults, .device, traffic, view)
    let quantiles = [Aggregate.quantile(thousandths: 500), .quantile(thousandths: 990)]
    try query(&harness, "rollup of unsealed rows, 5m, p50 and p99", fiveMinutes, quantiles, .none, traffic, view)
  }

  private static func query(
    _ harness: inout Harness, _ what: String, _ step: Step, _ aggregates: [Aggregate], _ groupBy: GroupBy,
    _ traffic: RecordedTraffic, _ view: LagoonView
  ) throws {
    let query = RollupQuery(
      measurement: "tel", field: "temp", step: step, from: traffic.times.lowerBound, to: traffic.times.upperBound,
      aggregates: aggregates, groupBy: groupBy)
    try harness.measure(what, per: "reading") { watch in
      watch.start()
      let answer = try query.run(on: view, directory: EmptyDirectory(), zone: .utc)
      watch.stop()
      precondition(answer.readingsRead == traffic.rows, "BUG: \(answer.readingsRead) readings of \(traffic.rows)")
      return answer.readingsRead
    }
  }
}
