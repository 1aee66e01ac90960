import Parquet
import Primitives
import Sys
import Text

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

  private static let suffix = ".checkpoint.parquet"

  func checkpointPath(_ version: Int64) -> String {
    directory + "/" + Self.fileName(version).dropLast(5) + Self.suffix
  }

  /// Writes the checkpoint of a table as it stands.
  func writeCheckpoint(_ table: TableState) throws(SystemError) {
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
    try replace(checkpointPath(table.version), by: bytes)
    let pointer = JSONValue.members(("version", .integer(table.version)), ("size", .integer(Int64(rows.count))))
    try replace(directory + "/_last_checkpoint", by: Array(pointer.serialized.utf8))
    try FileSystem.synchronizeDirectory(directory)
  }

  /// A file of that name is replaced: it says the same, or less.
  private func replace(_ path: String, by bytes: [UInt8]) throws(SystemError) {
    try write(bytes, to: path) { temporary, path throws(SystemError) in
      try FileSystem.rename(from: temporary, to: path)
    }
  }

  /// Versions of which there is a checkpoint, newest first.
  func checkpoints() throws(SystemError) -> [Int64] {
    try FileSystem.list(directory).compactMap { entry in
      entry.name.hasSuffix(Self.suffix) && entry.name.utf8.count == 20 + Self.suffix.utf8.count
        ? Int64(entry.name.prefix(20)) : nil
    }.sorted(by: >)
  }

  /// Whether another program wrote a checkpoint: those are not read, since the commits say what they would.
  func isForeign(checkpoint version: Int64) -> Bool {
    (try? NestedFile.isForeign(File.readWhole(checkpointPath(version)))) ?? false
  }

  /// The table as a checkpoint has it.
  func readCheckpoint(_ version: Int64, _ name: TableName) throws(LagoonError) -> TableState {
    let path = checkpointPath(version)
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try File.readWhole(path) } catch { throw LagoonError("read", path, error) }
    let rows: [JSONValue]
    do {
      let (columns, rowCount) = try NestedFile.read(bytes, CheckpointSchema.elements)
      rows = CheckpointSchema.assemble(columns, rowCount: rowCount)
    } catch {
      throw LagoonError("cannot read checkpoint \(path): \(error)")
    }
    var replay = DeltaReplay(name, folder: folder)
    for row in rows {
      do throws(LagoonError) { try replay.apply(row) } catch {
        throw LagoonError("cannot read checkpoint \(path): \(error)")
      }
    }
    replay.version = version
    return replay.state
  }

  /// Removes commits and checkpoints that nobody needs any longer: those before the newest checkpoint that has stood
  /// for `keptNanos`. What cannot be removed now is removed the next time.
  func cleanUp(nowNanos: UnixNanos, keptNanos: Int64 = keptNanos) {
    guard let versions = try? checkpoints() else { return }
    let settled = versions.first { version in
      let status = (try? FileSystem.status(checkpointPath(version))) ?? nil
      return status.map { $0.modifiedNanos <= nowNanos - keptNanos } ?? false
    }
    guard let settled else { return }
    let entries = ((try? FileSystem.list(directory)) ?? []).map(\.name).sorted()
    let old = entries.filter { name in
      guard name.hasSuffix(".json") || name.hasSuffix(Self.suffix) else { return false }
      return Int64(name.prefix(20)).map { $0 < settled } ?? false
    }
    // Only what another file makes up for may go, and it is read only if something is to go.
    if old.isEmpty || (try? readCheckpoint(settled, .events)) == nil { return }
    for name in old {
      do throws(SystemError) { try FileSystem.unlink(directory + "/" + name) } catch { return }
    }
  }
}
