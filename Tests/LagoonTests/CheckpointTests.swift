import Parquet
import Testing

@testable import Lagoon
import Text

struct CheckpointTests {
  private static let rows: [JSONValue] = [
    .members(("protocol", .members(("minReaderVersion", .integer(1)), ("minWriterVersion", .integer(2))))),
    .members(
      (
        "metaData",
        .members(
          ("id", .string("0-1")), ("name", .string("quỹ đạo")),
          ("format", .members(("provider", .string("parquet")), ("options", .members([])))),
          ("schemaString", .string("{}")), ("partitionColumns", .array([.string("date"), .string("x")])),
          ("configuration", .members(("a", .string("1")), ("b", .string("")))), ("createdTime", .integer(-5)))
      )),
    .members(
      ("txn", .members(("appId", .string("n/lane-00")), ("version", .integer(7)), ("lastUpdated", .integer(8))))),
    .members(
      (
        "add",
        .members(
          ("path", .string("date=2026-11-20/a.parquet")),
          ("partitionValues", .members(("date", .string("2026-11-20")))),
          ("size", .integer(Int64.max)), ("modificationTime", .integer(1)), ("dataChange", .boolean(false)),
          ("stats", .string("{\"numRecords\":1}")),
          ("tags", .members(("oldest", .string("1")), ("newest", .string("2")))))
      )),
    .members(("remove", .members(("path", .string("b")), ("dataChange", .boolean(true))))),
  ]

  private func written() -> [UInt8] {
    NestedFile.bytes(CheckpointSchema.elements, CheckpointSchema.shred(Self.rows), rowCount: Self.rows.count)
  }

  @Test func actionsComeBackAsTheyWere() throws {
    let (columns, rowCount) = try NestedFile.read(written(), CheckpointSchema.elements)
    let back = CheckpointSchema.assemble(columns, rowCount: rowCount)
    #expect(back.map(\.serialized) == Self.rows.map(\.serialized))
  }

  @Test func noActionsAreAFileToo() throws {
    let bytes = NestedFile.bytes(CheckpointSchema.elements, CheckpointSchema.shred([]), rowCount: 0)
    #expect(try NestedFile.read(bytes, CheckpointSchema.elements).rowCount == 0)
  }

  /// A damaged checkpoint is refused, or what it says is what was written: never anything else, never a crash.
  @Test func everyFlippedBitIsNoticedOrMeansNothing() throws {
    let whole = written()
    let wanted = Self.rows.map(\.serialized)
    for offset in whole.indices {
      for bit in [0, 3, 7] {
        var damaged = whole
        damaged[offset] ^= 1 << UInt8(bit)
        guard let (columns, rowCount) = try? NestedFile.read(damaged, CheckpointSchema.elements) else { continue }
        #expect(CheckpointSchema.assemble(columns, rowCount: rowCount).map(\.serialized) == wanted, "byte \(offset)")
      }
    }
    for end in 0..<whole.count {
      #expect(throws: (any Error).self) { try NestedFile.read(Array(whole[..<end]), CheckpointSchema.elements) }
    }
  }
}
