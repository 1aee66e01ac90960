import Primitives
import Testing
import Text

@testable import Lagoon

@Suite struct DeltaReplayTests {
  private func add(_ path: String, rows: Int = 1) -> String {
    #"{"add":{"path":"\#(path)","partitionValues":{"date":"2026-11-20"},"size":4,"modificationTime":1,"dataChange":true,"#
      + #""stats":"{\"numRecords\":\#(rows)}","tags":{"oldest":"1","newest":"2","first_device":"a","last_device":"b"}}}"#
  }

  private func replay(_ lines: [String]) throws -> TableState {
    var replay = DeltaReplay(.readings("m"), folder: "m")
    for line in lines { try replay.apply(try JSONReader.read(line)) }
    return replay.state
  }

  @Test func partsComeAndGoByTheirPaths() throws {
    let state = try replay([
      add("a"), add("b"), #"{"remove":{"path":"a"}}"#, add("c%2520d"), #"{"remove":{"path":"none"}}"#,
      add("b", rows: 5),
    ])
    #expect(state.parts.map(\.path) == ["c%20d", "b"] && state.parts.map(\.rowCount) == [1, 5])
    #expect(state.version == -1)
  }

  @Test func lanesAndDomainsAreNoted() throws {
    let state = try replay([
      #"{"txn":{"appId":"n/lane-00","version":7}}"#, #"{"txn":{"appId":"n/lane-00","version":9}}"#,
      #"{"txn":{"appId":"n/lane-01","version":-4}}"#, #"{"domainMetadata":{}}"#, #"{"commitInfo":{},"cdc":null}"#,
      #"{"checkpointMetadata":{}}"#,
    ])
    #expect(state.segments == ["n/lane-00": 9, "n/lane-01": 0] && state.hasDomains)
    #expect(state.newestSegment(node: "n") == 9 && state.newestSegment(node: "other") == 0)
  }

  @Test(arguments: [
    ("7", "a line that is no action"),
    ("[]", "a line that is no action"),
    (#"{"sidecar":{}}"#, "an unknown action sidecar"),
    (#"{"add":{"size":1}}"#, "an add without a path or size"),
    (#"{"add":{"path":"a"}}"#, "an add without a path or size"),
    (#"{"add":{"path":"a","size":-1}}"#, "an add of -1 bytes"), (#"{"remove":{}}"#, "a remove without a path"),
    (#"{"add":{"path":"a","size":9223372036854775807}}"#, "an add of 9223372036854775807 bytes"),
    (#"{"txn":{"appId":"a"}}"#, "a txn without"), (#"{"txn":{"appId":"a","version":"1"}}"#, "a txn without"),
    (#"{"protocol":{"minReaderVersion":2}}"#, "needs reader version 2"),
    (#"{"protocol":{"minReaderVersion":3,"readerFeatures":["v2Checkpoint"]}}"#, "the reader feature v2Checkpoint"),
    (#"{"metaData":{}}"#, "a schema that ThiNai did not write"),
    (#"{"metaData":{"configuration":{"thinai.columns":"{"}}}"#, "a schema that ThiNai did not write"),
    (#"{"metaData":{"configuration":{"thinai.columns":"[{}]"}}}"#, "a column that ThiNai did not write"),
  ])
  func whatIsNoActionIsNamed(line: String, cause: String) {
    let error = #expect(throws: LagoonError.self) { try replay([line]) }
    #expect(error?.description.contains(cause) == true, "\(error?.description ?? "")")
  }

  @Test func partsOfOthersAreYetToBeLookedAt() throws {
    for line in [
      #"{"add":{"path":"p","size":4}}"#, add("p", rows: -1), add("p", rows: 1 << 60),
      #"{"add":{"path":"p","size":4,"stats":"{","tags":{}}}"#,
    ] {
      let part = try #require(try replay([line]).parts.first)
      #expect(part.foreignAdd != nil && part.rowCount == 0 && !part.isResolved)
    }
    for path in ["../x", "/etc/passwd", "s3://b/x", "a/../../x"] {
      let state = try replay([#"{"add":{"path":"\#(path)","size":4}}"#])
      #expect(state.parts.isEmpty && state.strangers.first?.unreadable == "it is outside of the table's folder")
    }
  }

  /// Others have written microseconds there, and nanoseconds: times that no clock shows.
  @Test(arguments: [Int64.min, -1, 0, 1_795_186_800_000, 1_795_186_800_000_000, 1_795_186_800_000_000_000, Int64.max])
  func timesOfWritingStayWithinWhatCanBeSaid(written: Int64) throws {
    let line = add("p").replacing("\"modificationTime\":1", with: "\"modificationTime\":\(written)")
    let part = try #require(try replay([line]).parts.first)
    let isBeyondNanos = part.modifiedMillis.multipliedReportingOverflow(by: Nanos.perMillisecond).overflow
    #expect(part.modifiedMillis >= 0 && !isBeyondNanos)
    #expect(written != 1_795_186_800_000 || part.modifiedMillis == written)
  }

  @Test func whatAsksForMoreThanWeDoIsNotWrittenTo() throws {
    func refusal(_ line: String?, _ metaData: String? = nil) throws -> String? {
      DeltaProtocol.writeRefusal(
        try line.map { try JSONReader.read($0) }, metaData: try metaData.map { try JSONReader.read($0) })
    }
    #expect(try refusal(nil) == nil && refusal(#"{"minWriterVersion":4}"#) == nil)
    #expect(try refusal(#"{"minWriterVersion":5}"#) == "its Delta log needs writer version 5")
    #expect(try refusal(#"{"minWriterVersion":7,"writerFeatures":["appendOnly"]}"#) == nil)
    let feature = try refusal(#"{"minWriterVersion":7,"writerFeatures":["rowTracking"]}"#)
    #expect(feature?.hasSuffix("feature rowTracking") == true)
    for (metaData, isRefused) in [
      (#"{"configuration":{"delta.appendOnly":"true"}}"#, true),
      (#"{"configuration":{"delta.appendOnly":"false"}}"#, false),
      (#"{"configuration":{"delta.constraints.x":"v > 0"}}"#, true), (#"{"partitionColumns":["date"]}"#, false),
      (#"{"partitionColumns":[]}"#, true), (#"{"configuration":{"x":7}}"#, false),
    ] {
      #expect((try refusal(nil, metaData) != nil) == isRefused, "\(metaData)")
    }
  }
}
