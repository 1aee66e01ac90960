import Primitives
import Synchronization
public import Telemetry

/// Late rows: those that may stand in the parts already. A batch sets them aside; here they are looked up in the parts,
/// many at once and without a lock of any table, and then entered or counted as doubled.
extension UnsealedTables {
  /// Rows of one slice under the lock: some hundred microseconds.
  private static let sliceRows = 2_048

  /// Late rows of one table on their way.
  private struct Taken {
    var table: TableBuffer
    var late: LateRows
    /// The table's numbers of its fields.
    var fields: [String: Int]
  }

  /// Enters every row that was set aside, unless the parts or memory say the same already.
  ///
  /// Any thread may call it, one at a time; the others wait.
  ///
  /// - Parameters:
  ///   - faults: where rows that are doubled are noted by device.
  ///   - listenerCount: how many listeners are counted apart.
  /// - Returns: what is to be added to the ledger, by listener; nil if there was nothing to do.
  public func settleLateRows(faults: DeviceFaults?, listenerCount: Int) -> [LedgerCounts]? {
    if account.pressure.lateRowCount == 0 { return nil }
    var counts = [LedgerCounts](repeating: LedgerCounts(), count: listenerCount)
    settling.withLock { _ in
      for taken in takeLateRows() {
        let stored = StoredInstants(taken.late, of: taken.table, fields: taken.fields, sealed: sealed)
        enter(taken, beside: stored, faults: faults, &counts)
      }
      account.endSettling()
    }
    return counts
  }

  private func takeLateRows() -> [Taken] {
    buffers.compactMap { buffer in
      buffer.locked { table in
        if table.late.isEmpty { return nil }
        account.beginSettling(since: table.late.oldestArrivalNanos)
        return Taken(table: table, late: table.takeLateRows(), fields: table.fieldNumbers)
      }
    }
  }

  private func enter(
    _ taken: Taken, beside stored: borrowing StoredInstants, faults: DeviceFaults?, _ counts: inout [LedgerCounts]
  ) {
    var first = 0
    while first < taken.late.count {
      let slice = first..<min(first + Self.sliceRows, taken.late.count)
      var changes: [UInt64: UnsealedAccount.Change] = [:]
      // The table cannot have given way: that takes `settling`.
      taken.table.seat.lock.withLock { _ in
        for number in slice { enter(number, of: taken, beside: stored, faults: faults, &changes, &counts) }
      }
      for (generation, change) in changes { account.add(change, to: generation) }
      var settled = UnsealedAccount.Change()
      settled.lateRows = -slice.count
      if slice.upperBound == taken.late.count {
        settled.lateBytes = -taken.late.list.chunks.reduce(0) { $0 + $1.accountedBytes }
      }
      account.add(settled, to: 0)
      first = slice.upperBound
    }
  }

  private func enter(
    _ number: Int, of taken: Taken, beside stored: borrowing StoredInstants, faults: DeviceFaults?,
    _ changes: inout [UInt64: UnsealedAccount.Change], _ counts: inout [LedgerCounts]
  ) {
    let table = taken.table
    let origin = taken.late.origins[number]
    var change = changes[origin.generation] ?? UnsealedAccount.Change()
    let (late, row) = taken.late.list.chunk(ofRow: number)
    let series = late.series(row)
    let time = late.time(row)
    let rows = table.rows(of: origin.generation)
    let open = rows.list.openChunk { open in
      (0..<late.columnCount).count { late.tag(row, column: $0) != .null && !open.hasColumn($0) }
    }
    let heapBefore = open.textByteCount
    let valueCount = open.appendCopy(of: row, from: late, previous: rows.previousRow(of: series))
    let isDoubled = table.isDoubled(
      open, series: series, time: time, generation: origin.generation,
      stored: stored.rows(besideLateRow: number))
    if isDoubled {
      for column in 0..<late.columnCount where late.tag(row, column: column) != .null {
        open.setValue(column: column, tag: .null, payload: 0)
      }
      open.removeLastRow(heapCount: heapBefore)
      table.noteDuplicate(of: series, in: faults)
    } else {
      table.enterRow(in: rows, series: series, time: time, valueCount: valueCount)
      change.rowCount += 1
      let content = GenerationRows.contentBytes(valueCount: valueCount, textBytes: open.textByteCount - heapBefore)
      rows.contentBytes += content
      change.contentBytes += content
    }
    let growth = rows.takeGrowth() + table.takeContestedGrowth()
    rows.accountedBytes += growth
    change.byteCount += growth
    changes[origin.generation] = change
    let listener = min(Int(origin.listener), counts.count - 1)
    counts[listener].settle(
      readings: UInt64(origin.valueCount), isEvent: table.name == .events, isDoubled: isDoubled)
    if origin.isTimeCut && !isDoubled { counts[listener].timeCut += 1 }
  }
}
