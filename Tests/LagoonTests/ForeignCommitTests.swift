import Primitives
import Sys
import Telemetry
import Testing

@testable import Lagoon
import Text

/// Commits of other programs are read, kept and built upon.
struct ForeignCommitTests {
  private func withTable(_ body: (CatalogueFixture, Catalogue) throws -> Void) throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    try fixture.seal(catalogue, "w", 0..<10, segment: 1)
    try body(fixture, catalogue)
  }

  @Test func ourCommitComesAfterTheirs() throws {
    try withTable { fixture, catalogue in
      try fixture.commit("w", version: 1, #"{"commitInfo":{"operation":"VACUUM START"}}"#)
      try fixture.commit("w", version: 2, #"{"txn":{"appId":"other","version":7}}"# + "\n")
      try fixture.seal(catalogue, "w", 10..<20, segment: 2)
      let table = try #require(catalogue.table(.readings("w")))
      #expect(table.version == 3 && table.segments["other"] == 7)
      #expect(try fixture.values(fixture.open(), "w") == Array(0..<20))
    }
  }

  @Test func whatTheyTookOutIsGoneAndWhatTheyPutInStays() throws {
    try withTable { fixture, catalogue in
      let part = try #require(catalogue.table(.readings("w"))?.parts.first)
      let add =
        #"{"add":{"path":"part-0.parquet","partitionValues":{"date":null},"size":4,"modificationTime":1,"#
        + #""dataChange":true,"stats":null,"tags":null}}"#
      try fixture.commit(
        "w", version: 1, #"{"remove":{"path":"\#(DeltaPath.encode(part.path))","dataChange":true}}"# + "\n" + add)
      try fixture.seal(catalogue, "w", 10..<20, segment: 2)
      #expect(try fixture.values(catalogue, "w") == Array(10..<20))
      // A part that cannot be read is named, and stays in the log.
      #expect(catalogue.warnings.contains { $0.contains("part-0.parquet") && $0.contains("table w") })
      for segment in 3...22 {
        try fixture.seal(catalogue, "w", segment * 10..<segment * 10 + 1, segment: UInt64(segment))
      }
      #expect(try fixture.log("w").checkpoints().isEmpty == false)
      let again = try fixture.open()
      #expect(again.table(.readings("w"))?.strangers.map(\.path) == ["part-0.parquet"])
      #expect(again.warnings.contains { $0.contains("part-0.parquet") })
    }
  }

  @Test func propertiesAndColumnsOfOthersStay() throws {
    try withTable { fixture, catalogue in
      var metaData = try #require(catalogue.table(.readings("w"))?.metaData).members
      var configuration = try #require(metaData.first { $0.name == "configuration" }).value.members
      configuration.set("delta.enableChangeDataFeed", .string("false"))
      metaData.set("configuration", .object(configuration))
      metaData.set("description", .string("what others say"))
      let line = JSONValue.members(("metaData", .object(metaData))).serialized
      try fixture.commit("w", version: 1, line)
      // A new field: our own metaData is written.
      let rows = CatalogueFixture.rows("w", 10..<11)
      let wider = RowSource(
        chunks: rows.rows.chunks, series: rows.rows.series, fields: [FieldIdentity(name: "other")],
        precision: .milliseconds)
      try catalogue.seal([TableRows(table: .readings("w"), rows: wider)], transactions: [])
      let table = try #require(try fixture.open().table(.readings("w")))
      #expect(table.metaData?["configuration"]?["delta.enableChangeDataFeed"]?.text == "false")
      #expect(table.metaData?["description"]?.text == "what others say")
      #expect(table.fields.map(\.name) == ["v", "other"])
    }
  }

  @Test(arguments: [
    #"{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["rowTracking"]}}"#,
    #"{"domainMetadata":{"domain":"x","configuration":"{}","removed":false}}"#,
  ]) func aTableThatAsksForMoreIsReadAndNotWritten(_ line: String) throws {
    try withTable { fixture, catalogue in
      try fixture.commit("w", version: 1, line)
      #expect(throws: SealError.self) { try fixture.seal(catalogue, "w", 10..<20, segment: 2) }
      try fixture.seal(catalogue, "other", 10..<20, segment: 2)
      #expect(catalogue.warnings.contains { $0.contains("table w") })
      #expect(try fixture.values(catalogue, "w") == Array(0..<10))
    }
  }

  @Test(arguments: [
    #"{"ade":{"path":"x"}}"#, #"{"remove":{"pat":"x"}}"#, #"{"txn":{"appId":"x"}}"#, "[1]", "7",
    #"{"protocol":{"minReaderVersion":3,"readerFeatures":["columnMapping"]}}"#,
  ]) func whatIsNoActionIsDamage(_ line: String) throws {
    try withTable { fixture, catalogue in
      try fixture.commit("w", version: 1, line)
      #expect(throws: SealError.self) { try fixture.seal(catalogue, "w", 10..<20, segment: 2) }
      #expect(try fixture.open().failures[.readings("w")] != nil)
    }
  }

  @Test func aFileThatCameBackIsNotVacuumed() throws {
    try withTable { fixture, catalogue in
      let name = TableName.readings("w")
      try fixture.seal(catalogue, "w", 10..<20, segment: 2)
      let parts = try #require(catalogue.table(name)?.parts)
      let add = DeltaAction.add(parts[0], dataChange: true).json(nowMillis: 1).serialized
      _ = try catalogue.merge(parts, of: name, CompactionSettings(level: 3))
      try fixture.commit("w", version: 3, add)
      try catalogue.refresh(name)
      catalogue.vacuum(graceNanos: 0)
      #expect(FileSystem.exists(fixture.data + "/tables/w/" + parts[0].path))
      #expect(!FileSystem.exists(fixture.data + "/tables/w/" + parts[1].path))
    }
  }

  private func author(_ info: String?) throws -> ForeignCommit? {
    let lines = try [#"{"txn":{"appId":"a","version":1}}"#, info].compactMap { try $0.map { try JSONReader.read($0) } }
    return ForeignCommit(version: 7, lines)
  }

  @Test(
    arguments: [
      (nil, "version 7 by another program"), (#"{"commitInfo":{}}"#, "version 7 by another program"),
      (#"{"commitInfo":{"engineInfo":7,"operation":null}}"#, "version 7 by another program"),
      (#"{"commitInfo":{"clientVersion":"delta-rs.1"}}"#, "version 7 by delta-rs.1"),
      (
        #"{"commitInfo":{"engineInfo":"spark","clientVersion":"x","operation":"OPTIMIZE"}}"#,
        "version 7 by spark: OPTIMIZE"
      ),
      (#"{"commitInfo":{"engineInfo":"thinai"}}"#, "version 7 by thinai"),
    ] as [(String?, String)]) func aCommitTellsWhoMadeIt(info: String?, text: String) throws
  {
    #expect(try author(info)?.description == text)
  }

  @Test func ourOwnCommitIsNoForeignOne() throws {
    #expect(try author(#"{"commitInfo":{"engineInfo":"ThiNai","operation":"WRITE"}}"#) == nil)
    try withTable { fixture, catalogue in
      let lines = try DeltaLog.lines(fixture.log("w").bytes(0), label: "")
      #expect(ForeignCommit(version: 0, lines) == nil)
      #expect(catalogue.table(.readings("w"))?.newestForeign == nil)
      try fixture.commit("w", version: 1, #"{"commitInfo":{"engineInfo":"spark","operation":"VACUUM END"}}"#)
      try catalogue.refresh(.readings("w"))
      let foreign = ForeignCommit(version: 1, program: "spark", operation: "VACUUM END")
      #expect(catalogue.table(.readings("w"))?.newestForeign == foreign)
      // It is not ruled by who only told of itself.
      #expect(catalogue.table(.readings("w"))?.ruledBy == nil)
    }
  }

  /// Words end up in messages and figures: they are bounded whatever was written.
  @Test func wordsOfOthersAreShort() throws {
    let long = String(repeating: "đ", count: 5_000)
    let found = try #require(
      try author(#"{"commitInfo":{"engineInfo":"\#(long)","operation":"x\#(long)"}}"#))
    #expect(found.program == String(repeating: "đ", count: 32))
    #expect(found.operation.utf8.count <= 66 && found.operation.hasPrefix("xđđ"))
  }
}
