import Foundation
import Primitives
import Sys
import Testing

@testable import Lagoon

struct DeltaLogTests {
  private static let name = TableName.readings("m")

  private static func part(_ number: Int64) -> Part {
    Part(
      path: "date=2026-11-20/00-n-\(number).parquet", date: "2026-11-20", rowCount: 1, byteCount: 2, oldestTime: number,
      newestTime: number, firstDevice: "a", lastDevice: "b", source: nil, level: 9, profile: "thorough")
  }

  /// A log of versions 0 to `last`, each of which adds a part, with a checkpoint of every version in `checkpoints`.
  private func log(in folder: String, last: Int64, checkpoints: Set<Int64>) throws -> DeltaLog {
    let log = DeltaLog(tableDirectory: folder)
    var table = TableState(name: Self.name, precision: .microseconds)
    for version in 0...last {
      table.version = version
      table.parts.append(Self.part(version))
      var lines = [DeltaAction.add(Self.part(version), dataChange: true).json(nowMillis: 1)]
      if version == 0 { lines.insert(DeltaAction.metaData(table).json(nowMillis: 1), at: 0) }
      _ = try log.commit(DeltaLog.bytes(lines, operation: "WRITE", nowMillis: 1), version: version)
      if checkpoints.contains(version) { try log.writeCheckpoint(table) }
    }
    return log
  }

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "thinai-delta-" + UUID().uuidString
    try FileSystem.createDirectories(folder)
    defer { try? FileSystem.removeTree(folder) }
    try body(folder)
  }

  private func files(_ folder: String) throws -> Set<String> {
    Set(try FileSystem.list(folder + "/_delta_log").map(\.name))
  }

  @Test func aTableIsTheSameFromCommitsAndFromACheckpoint() throws {
    try withFolder { folder in
      let log = try log(in: folder, last: 7, checkpoints: [])
      let whole = try #require(try log.load(Self.name))
      #expect(whole.version == 7 && whole.parts.count == 8 && whole.precision == .microseconds)
      try log.writeCheckpoint(whole)
      for version in 0..<Int64(7) { try FileSystem.unlink(folder + "/_delta_log/" + DeltaLog.fileName(version)) }
      let again = try #require(try log.load(Self.name))
      #expect(again.version == 7 && again.parts == whole.parts && again.precision == .microseconds)
    }
  }

  @Test func whatACheckpointMakesUpForLeavesAfterItsTime() throws {
    try withFolder { folder in
      let log = try log(in: folder, last: 9, checkpoints: [2, 6])
      let whole = try #require(try log.load(Self.name))
      let before = try files(folder)
      // Too young to count on.
      log.cleanUp(nowNanos: Clock.realtimeNanos())
      #expect(try files(folder) == before)
      log.cleanUp(nowNanos: Clock.realtimeNanos() + DeltaLog.keptNanos + Nanos.perSecond)
      let left = Set((6...9).map { DeltaLog.fileName(Int64($0)) })
      let checkpoint: String = DeltaLog.fileName(6).dropLast(5) + ".checkpoint.parquet"
      #expect(try files(folder) == left.union([checkpoint, "_last_checkpoint"]))
      #expect(try log.load(Self.name)?.parts == whole.parts)
    }
  }

  @Test func aDamagedCheckpointMakesUpForNothing() throws {
    try withFolder { folder in
      let log = try log(in: folder, last: 4, checkpoints: [3])
      let path = folder + "/_delta_log/" + DeltaLog.fileName(3).dropLast(5) + ".checkpoint.parquet"
      try File(path, .readWrite).truncate(to: 100)
      let before = try files(folder)
      log.cleanUp(nowNanos: Clock.realtimeNanos() + DeltaLog.keptNanos + Nanos.perSecond)
      #expect(try files(folder) == before)
      // The commits tell all the same.
      #expect(try log.load(Self.name)?.parts.count == 5)
      try FileSystem.unlink(folder + "/_delta_log/" + DeltaLog.fileName(0))
      #expect(throws: LagoonError.self) { try log.load(Self.name) }
    }
  }
}
