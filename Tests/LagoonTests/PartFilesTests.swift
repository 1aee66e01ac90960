import Foundation
import Parquet
import Primitives
import Synchronization
import Sys
import Telemetry
import Testing

@testable import Lagoon

/// Files of parts: their names, and that none is half there.
@Suite struct PartFilesTests {
  private static let name = TableName.readings("m")

  private func withFiles(
    largest: UInt64 = 0, gone: @escaping @Sendable ([Part], TableName) -> Void = { _, _ in },
    _ body: (PartFiles) throws -> Void
  ) throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    try body(PartFiles(data: fixture.data, node: "n-01", largestSequence: largest, whenGone: gone))
  }

  private static func part(_ path: String) -> Part {
    Part(
      path: path, date: "", rowCount: 1, byteCount: 1, oldestTime: 0, newestTime: 0, firstDevice: "", lastDevice: "",
      source: nil)
  }

  /// Numbers go on behind the largest, each is given once, and the hour is that of UTC, before 1970 too.
  @Test func newPathsAreNobodyElses() throws {
    try withFiles(largest: 41) { files in
      let times: [(TimePrecision, Int64, String)] = [
        (.milliseconds, 0, "00"), (.milliseconds, -1, "23"), (.microseconds, 3_599_999_999, "00"),
        (.microseconds, 3_600_000_000, "01"), (.milliseconds, -86_400_000, "00"),
      ]
      for (number, (precision, time, hour)) in times.enumerated() {
        let path = files.newPath(date: "1970-01-01", oldestTime: time, precision: precision)
        #expect(path == "date=1970-01-01/\(hour)-n-01-\(42 + number).parquet")
      }
      let found = Mutex<Set<String>>([])
      DispatchQueue.concurrentPerform(iterations: 400) { _ in
        let path = files.newPath(date: "d", oldestTime: 0, precision: .milliseconds)
        found.withLock { _ = $0.insert(path) }
      }
      let count = found.withLock(\.count)
      #expect(count == 400)
    }
  }

  @Test func aPartIsStoredOnceOrNotAtAll() throws {
    try withFiles { files in
      try files.store([1, 2, 3], at: "date=d/a", of: Self.name)
      #expect(files.has(Self.part("date=d/a"), of: Self.name) && !files.has(Self.part("date=d/b"), of: Self.name))
      // One that is there is never written over, and not removed for it either.
      #expect(throws: LagoonError.self) { try files.store([4], at: "date=d/a", of: Self.name) }
      #expect(try File.readWhole(files.path("date=d/a", of: Self.name)) == [1, 2, 3])
      for call in [SystemCall.write, .fdatasync] {
        FaultInjection.with([.init(call, .error(ErrorNumber.noSpace), path: files.data)]) {
          let error = #expect(throws: LagoonError.self) { try files.store([5], at: "date=d/c", of: Self.name) }
          #expect(error?.isOutOfSpace == true)
        }
        #expect(!files.has(Self.part("date=d/c"), of: Self.name))
      }
      // What was never there is discarded in silence.
      files.discard([Self.part("date=d/a"), Self.part("date=d/none")], of: Self.name)
      #expect(!files.has(Self.part("date=d/a"), of: Self.name))
    }
  }

  @Test func namesOfPartsAreMadeDurableOrItIsSaid() throws {
    try withFiles { files in
      try files.store([1], at: "date=d/a", of: Self.name)
      try files.synchronizeFolders(of: [], table: Self.name)
      try files.synchronizeFolders(of: [Self.part("date=d/a")], table: Self.name)
      FaultInjection.with([.init(.fsync, .error(ErrorNumber.inputOutput), path: "date=d")]) {
        #expect(throws: LagoonError.self) {
          try files.synchronizeFolders(of: [Self.part("date=d/a")], table: Self.name)
        }
      }
    }
  }

  @Test func whoeverKeepsAnythingOfPartsIsToldWhenTheyGo() throws {
    let told = Mutex<[String]>([])
    try withFiles(gone: { parts, table in told.withLock { $0 += parts.map { table.displayName + $0.path } } }) {
      files in
      files.forget([], of: Self.name)
      let before = told.withLock { $0 }
      files.forget([Self.part("a"), Self.part("b")], of: Self.name)
      let after = told.withLock { $0 }
      #expect(before.isEmpty && after == ["ma", "mb"])
    }
  }

  @Test func theNodeIsWhoWroteTheParts() throws {
    try withFiles { files in
      #expect(PartFiles.node(of: files.data) == "node-01")
      try files.store([], at: "date=2026-11-20/part-7.parquet", of: Self.name)
      #expect(PartFiles.node(of: files.data) == "node-01")
      let path = PartName(node: "qn-7", sequence: 3).path(date: "2026-11-20", oldestTime: 0, precision: .milliseconds)
      try files.store([], at: path, of: Self.name)
      #expect(PartFiles.node(of: files.data) == "qn-7")
    }
  }

  // MARK: files that grow

  private static let schema = ParquetSchema(columns: [ColumnSchema(name: "n", type: .int64, isOptional: false)])

  private func writer(_ path: String) throws -> PartFileWriter {
    try PartFileWriter(path: path, schema: Self.schema, level: 3, profile: .quick, metadata: [("k", "v")])
  }

  @Test(arguments: [[], [1], [3, 1], [1, 70_000]]) func rowGroupsComeBack(sizes: [Int]) throws {
    try withFiles { files in
      let path = files.path("date=d/w", of: Self.name)
      let writer = try writer(path)
      var all: [Int64] = []
      for size in sizes {
        let values = (0..<size).map { Int64(all.count + $0) }
        try writer.append([ColumnData(values: .int64(values))], rowCount: size)
        all += values
        // What was made is in the file, not in memory.
        #expect(try File.readWhole(path).count == writer.byteCount && writer.byteCount > 0)
      }
      try writer.finish()
      let size = try File.readWhole(path).count
      try writer.finish()
      #expect(size == writer.byteCount && writer.rowCount == all.count)
      #expect(try File.readWhole(path).count == size)
      let reader = try ParquetReader(PartFile(path: path))
      #expect(reader.rowCount == all.count && reader.metadata.contains { $0 == ("k", "v") })
      var found: [Int64] = []
      for group in reader.rowGroups.indices {
        if case .int64(let values) = try reader.read(column: 0, rowGroup: group).values { found += values }
      }
      #expect(found == all && reader.rowGroups.map(\.rowCount) == sizes)
    }
  }

  @Test func aFileIsNobodyElsesAndGoesWhenItIsGivenUp() throws {
    try withFiles { files in
      try files.store([7], at: "date=d/a", of: Self.name)
      let taken = files.path("date=d/a", of: Self.name)
      #expect(throws: LagoonError.self) { _ = try writer(taken) }
      #expect(try File.readWhole(taken) == [7])
      let path = files.path("date=e/a", of: Self.name)
      let given = try writer(path)
      try given.append([ColumnData(values: .int64([1]))], rowCount: 1)
      given.abandon()
      #expect(!FileSystem.exists(path))
      // What comes after it was given up makes no file of it.
      try given.finish()
      #expect(!FileSystem.exists(path))
      let full = try writer(path)
      FaultInjection.with([.init(.write, .error(ErrorNumber.noSpace), path: path)]) {
        let error = #expect(throws: LagoonError.self) { try full.finish() }
        #expect(error?.isOutOfSpace == true)
      }
      full.abandon()
      #expect(!FileSystem.exists(path))
    }
  }
}
