import Parquet
import Primitives
import Sys

/// Checkpoints: a table's whole state in one file, so that opening it does not take every commit since its first day.
///
/// ```
/// _delta_log/00000000000000000040.checkpoint.parquet     protocol, metaData, txn …, add …: a row each
/// _delta_log/_last_checkpoint                            {"version":40,"size":7}
/// ```
extension DeltaLog {
  /// Every so many versions.
  static let commitsPerCheckpoint: Int64 = 20
  /// How long commits and checkpoints before the newest checkpoint stay, for readers that are at work with them.
  static let keptNanos = 24 * Nanos.perHour

  /// Where a checkpoint stands, for messages.
  func checkpointLabel(_ version: Int64) -> String { store.label(LagoonNames.checkpoint(version)) }

  /// Writes the checkpoint of a table as it stands.
  func writeCheckpoint(_ table: TableState) throws(StoreError) {
    // Lists of features have no column in our checkpoints; the commits say all that they would.
    if table.protocolLine?["writerFeatures"] ?? .null != .null { return }
    let nowMillis = Clock.realtimeNanos() / Nanos.perMillisecond
    var rows: [JSONValue] = [
      .members(("protocol", table.protocolLine ?? DeltaProtocol.ours)),
      DeltaAction.metaData(table).json(nowMillis: nowMillis),
    ]
    for (lane, segment) in table.segments.sorted(by: { $0.key < $1.key }) {
      rows.append(DeltaAction.transaction(application: lane, segment: segment).json(nowMillis: nowMillis))
    }
    for part in table.parts + table.strangers {
      rows.append(DeltaAction.add(part, dataChange: false).json(nowMillis: nowMillis))
    }
    let bytes = NestedFile.bytes(
      CheckpointSchema.elements, CheckpointSchema.shred(rows), rowCount: rows.count)
    // One of that name is replaced: it says the same, or less.
    try store.replace(LagoonNames.checkpoint(table.version), by: bytes)
    let pointer = JSONValue.members(("version", .integer(table.version)), ("size", .integer(Int64(rows.count))))
    try store.replace(LagoonNames.lastCheckpoint, by: Array(pointer.serialized.utf8))
  }

  /// Versions of which there is a checkpoint, newest first.
  func checkpoints() throws(LagoonError) -> [Int64] {
    try names().compactMap(LagoonNames.version(ofCheckpoint:)).sorted(by: >)
  }

  /// Whether another program wrote a checkpoint: those are not read, since the commits say what they would.
  func isForeign(checkpoint version: Int64) -> Bool {
    ((try? store.get(LagoonNames.checkpoint(version))) ?? nil).map { (try? NestedFile.isForeign($0)) ?? false } ?? false
  }

  /// The table as a checkpoint has it.
  func readCheckpoint(_ version: Int64, _ name: TableName) throws(LagoonError) -> TableState {
    let label = checkpointLabel(version)
    let found: [UInt8]?
    do throws(StoreError) { found = try store.get(LagoonNames.checkpoint(version)) } catch {
      throw LagoonError("read", label, error)
    }
    guard let bytes = found else { throw LagoonError("cannot read \(label): it is missing") }
    let rows: [JSONValue]
    do {
      let (columns, rowCount) = try NestedFile.read(bytes, CheckpointSchema.elements)
      rows = CheckpointSchema.assemble(columns, rowCount: rowCount)
    } catch {
      throw LagoonError("cannot read checkpoint \(label): \(error)")
    }
    var replay = DeltaReplay(name, folder: folder)
    for row in rows {
      do throws(LagoonError) { try replay.apply(row) } catch {
        throw LagoonError("cannot read checkpoint \(label): \(error)")
      }
    }
    replay.version = version
    return replay.state
  }

  /// Removes commits and checkpoints that nobody needs any longer: those before the newest checkpoint that has stood
  /// for `keptNanos`. What cannot be removed now is removed the next time.
  func cleanUp(nowNanos: UnixNanos, keptNanos: Int64 = keptNanos) {
    guard let names = try? names() else { return }
    let settled = names.compactMap(LagoonNames.version(ofCheckpoint:)).sorted(by: >).first { version in
      ((try? store.writtenNanos(LagoonNames.checkpoint(version))) ?? nil).map { $0 <= nowNanos - keptNanos } ?? false
    }
    guard let settled else { return }
    let old = names.filter { name in
      (LagoonNames.version(ofCommit: name) ?? LagoonNames.version(ofCheckpoint: name)).map { $0 < settled } ?? false
    }
    // Only what another file makes up for may go, and it is read only if something is to go.
    if old.isEmpty || (try? readCheckpoint(settled, .events)) == nil { return }
    for name in old {
      do throws(StoreError) { try store.delete(name) } catch { return }
    }
  }
}
