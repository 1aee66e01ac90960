import Journal
import Sys
import Testing

@Suite struct JournalInspectionTests {
  @Test func listsWhatStandsInTheFile() throws {
    let bench = try JournalBench()
    let ends = try bench.write([[1, 2, 3], [UInt8](repeating: 7, count: 1_000), [4]], segment: 42)
    var bytes = try bench.bytes(42)
    bytes[ends[1] + 8] ^= 1
    try bench.replace(bytes + [9, 9], segment: 42)
    let path = bench.segment(42).path
    let found = try JournalInspection(path: path)
    let header = try #require(found.header)
    #expect(header.version == 1 && header.lane == 0 && header.segment == 42)
    #expect(abs(header.createdAt - Clock.realtimeNanos()) < 3_600_000_000_000)
    #expect(found.byteCount == bytes.count + 2)
    #expect(found.entries.map(\.state) == [.whole, .damaged, .whole, .tail])
    #expect(found.entries.map(\.offset) == [48, ends[1], ends[2], ends[3]])
    #expect(found.entries.map(\.payloadBytes) == [3, 0, 1, 0])
    #expect(found.entries.map(\.sequence) == [0, nil, 2, nil])
    #expect(found.entries.map(\.byteCount).reduce(48, +) == found.byteCount)
    // It changes nothing.
    #expect(try bench.bytes(42) == bytes + [9, 9])
  }

  @Test func otherFiles() throws {
    let bench = try JournalBench()
    try bench.replace(Array("PAR1 and so on".utf8))
    let found = try JournalInspection(path: bench.segment(1).path)
    #expect(found.header == nil && found.entries.map(\.state) == [.tail])
    try bench.replace([])
    #expect(try JournalInspection(path: bench.segment(1).path).entries.isEmpty)
  }
}
