import Mutation
import Primitives
import Sys
import Testing
import Zstd

@testable import Journal

/// Recovery of segments whose checksums are right and whose content is not.
@Suite struct SegmentDamageTests {
  private static let header = JournalFileHeader(lane: 0, segment: 1, createdAt: 0, salt: 77).encoded

  private static func compressed(_ payload: [UInt8], level: Int32) -> [UInt8] {
    var block: [UInt8] = []
    payload.withUnsafeBytes { _ = ZstdCodec().compress($0, level: level, appendingTo: &block) }
    return block
  }

  private func replay(_ frames: [FrameScannerTests.Frame]) throws -> (payloads: [[UInt8]], report: RecoveryReport) {
    try SimulatedMachine(startNanos: 0).run {
      let segment = JournalSegment(directory: "/j", lane: 0, number: 1)
      try FileSystem.createDirectories(segment.laneDirectory)
      try File(segment.path, .append).write(all: Self.header + frames.flatMap(\.encoded))
      var payloads: [[UInt8]] = []
      let report = try JournalRecovery.replay(segment) { payload, _ in
        payloads.append(Array(payload))
        return true
      }
      return (payloads, report)
    }
  }

  /// Stored as it is (`JournalWriter.storedLevel`) and compressed.
  @Test(arguments: [JournalWriter.storedLevel, 1, 9])
  func aBlockThatIsNoPayloadCostsItself(level: Int32) throws {
    var mutation = Mutation(seed: UInt64(bitPattern: Int64(level)))
    let payloads = (0..<4).map { mutation.random.octets(300 + $0, isPlain: true) }
    let blocks = payloads.map { Self.compressed($0, level: level) }
    for _ in 0..<300 {
      let hit = Int.random(in: 0..<4, using: &mutation.random)
      var frames = (0..<4).map {
        FrameScannerTests.Frame(sequence: UInt64($0), payloadBytes: payloads[$0].count, block: blocks[$0])
      }
      frames[hit].block = mutation.damage(blocks[hit])
      let (found, report) = try replay(frames)
      for other in 0..<4 where other != hit { #expect(found.contains(payloads[other])) }
      // zstd's frames of ours have no checksum of their own: what comes out has the length that was said.
      #expect(found.allSatisfy { (300...303).contains($0.count) })
      #expect(found.count + Int(report.missingFrames) == 4)
      #expect(report.quarantineFiles.count == Int(report.missingFrames))
    }
  }

  @Test func lengthsThatAreNotThePayloadsCostTheirFrame() throws {
    let payload = [UInt8](repeating: 7, count: 1_000)
    let block = Self.compressed(payload, level: 1)
    for said in [0, 1, 999, 1_001, Limits.readableFrameBytes] {
      let frames = [
        FrameScannerTests.Frame(sequence: 0, payloadBytes: said, block: block),
        FrameScannerTests.Frame(sequence: 1, payloadBytes: 1_000, block: block),
      ]
      let (found, report) = try replay(frames)
      #expect(found == [payload] && report.missingFrames == 1 && report.damagedStretches == 1, "\(said)")
    }
  }

  /// Reports of segments whose numbers jump to the last one add up all the same.
  @Test func missingFramesAreCountedWithoutEnd() throws {
    let payload: [UInt8] = [1, 2, 3]
    let block = Self.compressed(payload, level: 1)
    let (found, report) = try replay([
      FrameScannerTests.Frame(sequence: .max - 2, payloadBytes: 3, block: block),
      FrameScannerTests.Frame(sequence: .max - 1, payloadBytes: 4, block: block),
    ])
    #expect(found == [payload] && report.missingFrames == .max - 1)
    var sum = report
    sum += report
    sum += report
    #expect(sum.missingFrames == .max && sum.framesRead == 3)
  }

  @Test func inspectionAgreesWithRecovery() throws {
    var mutation = Mutation(seed: 30)
    let payload = mutation.random.octets(200, isPlain: true)
    let block = Self.compressed(payload, level: 1)
    let whole =
      Self.header
      + (0..<3).flatMap { FrameScannerTests.Frame(sequence: $0, payloadBytes: 200, block: block).encoded }
    for _ in 0..<400 {
      let bytes = mutation.damage(whole)
      try SimulatedMachine(startNanos: 0).run {
        try File("/a", .append).write(all: bytes)
        let inspection = try JournalInspection(path: "/a")
        let covered = inspection.entries.reduce(inspection.header == nil ? 0 : 48) { $0 + $1.byteCount }
        #expect(covered == bytes.count)
        for entry in inspection.entries { #expect((entry.state == .whole) == (entry.sequence != nil)) }
      }
    }
  }
}
