import Journal
import Sys
import Synchronization
import Testing

/// A journal of one test's own, with what a test does to it. Removed with this object.
final class JournalBench: Sendable {
  private static let count = Atomic<Int>(0)
  let directory: String

  init() throws {
    let number = Self.count.add(1, ordering: .relaxed).newValue
    let parent = ProcessFacts.environment("TMPDIR") ?? "/tmp"
    directory = "\(parent)/thinai-journal-\(ProcessFacts.processId)-\(number)"
    try FileSystem.createDirectories(directory)
  }

  deinit {
    try? FileSystem.removeTree(directory)
  }

  func segment(_ number: UInt64) -> JournalSegment {
    JournalSegment(directory: directory, lane: 0, number: number)
  }

  func writer() -> JournalWriter {
    JournalWriter(directory: directory, lane: 0, zstdLevel: 1)
  }

  /// Writes, commits and closes a segment; returns where each frame ends, the header first.
  @discardableResult
  func write(_ payloads: [[UInt8]], segment: UInt64 = 1) throws -> [Int] {
    var writer = writer()
    try writer.open(segment: segment)
    var ends = [48]
    for payload in payloads {
      try writer.append(payload)
      ends.append(writer.bytesWritten)
    }
    try writer.commit()
    writer.close()
    return ends
  }

  func bytes(_ number: UInt64 = 1) throws -> [UInt8] {
    try File.readWhole(segment(number).path)
  }

  /// Puts `bytes` in the place of a segment's file.
  func replace(_ bytes: [UInt8], segment number: UInt64 = 1) throws {
    try FileSystem.createDirectories(segment(number).laneDirectory)
    let file = try File(segment(number).path, .readWrite)
    try file.write(all: bytes, at: 0)
    try file.truncate(to: bytes.count)
  }

  /// Replays twice: the second time must find the same frames and the same damage, and no torn tail any more.
  func replay(
    _ number: UInt64 = 1, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (payloads: [[UInt8]], report: RecoveryReport) {
    let first = try replayOnce(number)
    let second = try replayOnce(number)
    #expect(first.payloads == second.payloads, sourceLocation: sourceLocation)
    var expected = first.report
    expected.tornTailBytes = 0
    #expect(second.report == expected, sourceLocation: sourceLocation)
    return first
  }

  func replayOnce(_ number: UInt64 = 1) throws -> (payloads: [[UInt8]], report: RecoveryReport) {
    var payloads: [[UInt8]] = []
    var last: UInt64?
    let report = try JournalRecovery.replay(segment(number)) { payload, sequence in
      if let last { #expect(sequence > last) }
      last = sequence
      payloads.append(Array(payload))
      return true
    }
    #expect(report.framesRead == payloads.count)
    #expect(report.bytesRead == payloads.reduce(0) { $0 + $1.count })
    return (payloads, report)
  }

  func kept(_ report: RecoveryReport) throws -> [[UInt8]] {
    try report.quarantineFiles.map { try File.readWhole($0) }
  }
}

extension JournalWriter {
  mutating func append(_ payload: [UInt8]) throws(SystemError) {
    try payload.span.bytes.withUnsafeBytes { bytes throws(SystemError) in try append(bytes) }
  }
}
