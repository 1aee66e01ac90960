import Parquet
import Primitives
import Sys
import Telemetry

/// Makes parts of rows that no longer change.
struct TableSealing: Sendable {
  let tables: StoredTables
  let rollups: RollupTables

  /// zstd level of parts as they are sealed.
  static let level: Int32 = 3
  /// How often rows are made parts anew because their columns got other types meanwhile.
  private static let attempts = 3
  private static let steps = [StoredStep.fiveMinutes]
  /// Rows below which a part is not worth a thread of its own: small parts are dear to read and to keep.
  var leastRows = 262_144

  /// Makes parts of rows and commits them, one version a table, with how far each lane's journal is in it. Tables that
  /// have one of the transactions already are left alone: they were sealed before, and the rest was interrupted.
  ///
  /// Throws what failed; the tables that it does not name are sealed, and the same call can be made again.
  ///
  /// - Parameter threads: how many make the parts of a large table, each of some of its series.
  func seal(_ given: [TableRows], transactions: [LaneTransaction], threads: Int = 1) throws(SealError) {
    var error = SealError(sealed: [], failures: [])
    for rows in given where rows.rows.rowCount > 0 {
      do throws(LagoonError) {
        // Before parts are made: a table whose log is damaged would take them in vain.
        try tables.refresh(rows.table)
        if try seal(rows, transactions, threads) { error.sealed.append(rows.table) }
      } catch let cause {
        error.failures.append((table: rows.table, cause: cause))
      }
    }
    if !error.failures.isEmpty { throw error }
  }

  /// False if they were sealed before.
  private func seal(
    _ rows: TableRows, _ transactions: [LaneTransaction], _ threads: Int
  ) throws(LagoonError) -> Bool {
    for attempt in 1...Self.attempts {
      let current = tables.table(rows.table)
      if let current, transactions.contains(where: { current.segments[$0.lane] ?? 0 >= $0.segment }) { return false }
      do throws(LagoonError) {
        return try seal(rows, current: current, transactions, threads)
      } catch {
        if !error.isOvertaken || error.mayBeCommitted || attempt == Self.attempts { throw error }
      }
    }
    return false
  }

  private func seal(
    _ rows: TableRows, current: TableState?, _ transactions: [LaneTransaction], _ threads: Int
  ) throws(LagoonError) -> Bool {
    let name = rows.table
    let table = current ?? TableState(name: name, precision: rows.rows.precision)
    var columns = PartColumns([rows.rows], schema: table.schema)
    let writer = DayPartWriter(
      files: tables.files, table: table, level: Self.level, profile: tables.profile(of: name, .quick),
      metadata: PartSchema.segments(transactions),
      emptyRollups: RollupTables.empty(of: name, steps: Self.steps, precision: table.precision))
    let written = try write(&columns, writer, threads)
    // First: a part whose buckets are not there yet would be read row by row. Buckets of a part that is not live yet,
    // or never will be, are not read.
    rollups.rollUp(written, of: name, steps: Self.steps, level: Self.level)
    let change = TableChange(
      schema: columns.schema, precision: table.precision, added: written.map(\.part), dataChange: true,
      transactions: transactions)
    return try tables.commit(change, to: name)
  }

  /// Writes the parts: of a large table several threads do, each those of a range of its series.
  private func write(
    _ columns: inout PartColumns, _ writer: DayPartWriter, _ threads: Int
  ) throws(LagoonError) -> [WrittenPart] {
    let ranges = columns.order.ranges(min(threads, columns.order.places.count / leastRows))
    if ranges.count < 2 { return try writer.write(&columns) }
    let whole = columns
    let made = SideBySide.map(ranges.count, threads: threads, name: "seal range") { number in
      var own = whole
      return Result { () throws(LagoonError) in
        let parts = try writer.write(&own, of: ranges[number])
        return (parts: parts, schema: own.schema)
      }
    }
    let written = made.flatMap { (try? $0.get().parts) ?? [] }
    let isAlike = made.allSatisfy { (try? $0.get().schema) == whole.schema }
    if isAlike { return written }
    writer.files.discard(written.map(\.part), of: writer.table.name)
    for result in made { _ = try result.get() }
    // Some found values that need a column of their own, of which the others know nothing.
    return try writer.write(&columns)
  }
}
