import Checksum
import Journal
import Mutation
import Sys
import Testing

@Suite struct JournalRecoveryTests {
  private static func payloads(_ count: Int, bytes: Int = 40, isPlain: Bool = false) -> [[UInt8]] {
    var random = SeededRandom(11)
    return (0..<count).map { _ in random.octets(bytes, isPlain: isPlain) }
  }

  @Test func tornTailsAtEveryByte() throws {
    let bench = try JournalBench()
    let payloads = Self.payloads(3)
    let ends = try bench.write(payloads)
    let whole = try bench.bytes()
    #expect(ends[3] == whole.count)
    for length in 0..<whole.count {
      try bench.replace(Array(whole[..<length]))
      let found = try bench.replay()
      let frames = ends.filter { $0 <= length }.count - 1
      #expect(found.payloads == Array(payloads[..<max(0, frames)]), "\(length)")
      #expect(found.report.tornTailBytes == (frames < 0 ? length : length - ends[frames]), "\(length)")
      #expect(found.report.damagedStretches == 0 && found.report.mayBeRemoved)
      #expect(try bench.bytes().count == (frames < 0 ? 0 : ends[frames]))
    }
  }

  @Test func tailsOfZerosAndGarbageAreCutOff() throws {
    let bench = try JournalBench()
    let payloads = Self.payloads(3)
    let ends = try bench.write(payloads)
    let whole = try bench.bytes()
    var random = SeededRandom(5)
    for tail in [[UInt8](repeating: 0, count: 100_000), random.octets(300_000), [1]] {
      try bench.replace(whole + tail)
      let found = try bench.replay()
      #expect(found.payloads == payloads)
      #expect(found.report.tornTailBytes == tail.count && found.report.damagedMiddleBytes == 0)
      #expect(try bench.bytes() == whole)
    }
    // The last frame has its length, but not its bytes: pages that did not reach the disk.
    try bench.replace(whole[..<(ends[2] + 50)] + [UInt8](repeating: 0, count: ends[3] - ends[2] - 50))
    let found = try bench.replay()
    #expect(found.payloads == Array(payloads[..<2]))
    #expect(found.report.tornTailBytes == ends[3] - ends[2])
  }

  @Test func everyFlippedByteOfAMiddleFrame() throws {
    let bench = try JournalBench()
    let payloads = Self.payloads(4)
    let ends = try bench.write(payloads)
    let whole = try bench.bytes()
    for position in ends[1]..<ends[2] {
      var damaged = whole
      damaged[position] ^= UInt8(1 << (position % 8))
      try bench.replace(damaged)
      let found = try bench.replay()
      #expect(found.payloads == [payloads[0], payloads[2], payloads[3]], "\(position)")
      #expect(found.report.damagedStretches == 1 && found.report.missingFrames == 1)
      #expect(found.report.damagedMiddleBytes == ends[2] - ends[1])
      #expect(try bench.kept(found.report) == [Array(damaged[ends[1]..<ends[2]])])
      // The middle stays where it was, too.
      #expect(try bench.bytes() == damaged)
    }
  }

  @Test func everyFlippedByteOfTheFileHeader() throws {
    let bench = try JournalBench()
    let payloads = Self.payloads(3)
    try bench.write(payloads)
    let whole = try bench.bytes()
    for position in 0..<44 {
      var damaged = whole
      damaged[position] ^= 0x40
      try bench.replace(damaged)
      let found = try bench.replay()
      #expect(found.payloads == payloads, "\(position)")
      #expect(found.report.damagedHeaders == 1 && found.report.damagedMiddleBytes == 48)
      #expect(try bench.kept(found.report) == [Array(damaged[..<48])])
    }
    // And the first frame with it.
    var damaged = whole
    for position in 0..<60 { damaged[position] = 0xEE }
    try bench.replace(damaged)
    let found = try bench.replay()
    #expect(found.payloads == Array(payloads[1...]))
    #expect(found.report.missingFrames == 1 && found.report.damagedStretches == 1)
  }

  @Test func bytesThatWereLostOrInserted() throws {
    let bench = try JournalBench()
    let payloads = Self.payloads(5, bytes: 3_000)
    let ends = try bench.write(payloads)
    let whole = try bench.bytes()
    for change in [-700, -1, 1, 13, 5_000] {
      let middle = ends[2] + 100
      let rest = change < 0 ? whole[(middle - change)...] : whole[middle...]
      try bench.replace(whole[..<middle] + [UInt8](repeating: 0xA5, count: max(0, change)) + rest)
      let found = try bench.replay()
      #expect(found.payloads == [payloads[0], payloads[1], payloads[3], payloads[4]], "\(change)")
      #expect(found.report.damagedMiddleBytes == ends[3] - ends[2] + change)
    }
  }

  @Test func severalDamagedStretches() throws {
    let bench = try JournalBench()
    let payloads = Self.payloads(9)
    let ends = try bench.write(payloads)
    var damaged = try bench.bytes()
    for frame in [1, 4, 5, 8] { damaged[ends[frame] + 3] ^= 1 }
    try bench.replace(damaged)
    let found = try bench.replay()
    #expect(found.payloads == [0, 2, 3, 6, 7].map { payloads[$0] })
    #expect(found.report.damagedStretches == 2 && found.report.missingFrames == 3)
    #expect(found.report.tornTailBytes == ends[9] - ends[8])
  }

  @Test func randomDamageNeverCostsAFrameElsewhere() throws {
    let bench = try JournalBench()
    var random = SeededRandom(23)
    let payloads = Self.payloads(12, bytes: 200)
    let ends = try bench.write(payloads)
    let whole = try bench.bytes()
    for _ in 0..<150 {
      var damaged = whole
      let start = 48 + Int(random.next() % UInt64(whole.count - 48))
      let end = min(whole.count, start + 1 + Int(random.next() % 600))
      for position in start..<end { damaged[position] = UInt8(truncatingIfNeeded: random.next()) }
      try bench.replace(damaged)
      let found = try bench.replay()
      let untouched = payloads.indices.filter {
        damaged[ends[$0]..<ends[$0 + 1]] == whole[ends[$0]..<ends[$0 + 1]]
      }
      #expect(found.payloads == untouched.map { payloads[$0] })
      let counted = found.report.damagedMiddleBytes + found.report.tornTailBytes
      let good = untouched.reduce(48) { $0 + ends[$1 + 1] - ends[$1] }
      #expect(counted + good == whole.count)
    }
  }

  @Test func payloadsCannotForgeFrames() throws {
    let bench = try JournalBench()
    // What an attacker may know: a whole segment that another run wrote.
    let forged = try JournalBench()
    try forged.write([Array("forged".utf8)])
    var random = SeededRandom(2)
    let payload = random.octets(400) + (try forged.bytes()) + (try forged.bytes())
    let ends = try bench.write([[1], payload, [2]])
    var damaged = try bench.bytes()
    for position in [ends[1] + 5, ends[1] + 60] {
      damaged[position] ^= 1
      try bench.replace(damaged)
      #expect(try bench.replay().payloads == [[1], [2]])
    }
  }

  @Test func filesThatAreNoJournal() throws {
    let bench = try JournalBench()
    var random = SeededRandom(31)
    for bytes in [random.octets(200_000), [UInt8](repeating: 0, count: 9_000)] {
      try bench.replace(bytes)
      let found = try bench.replay()
      #expect(found.payloads.isEmpty && found.report.damagedHeaders == 1)
      #expect(try bench.kept(found.report) == [bytes])
      #expect(try bench.bytes() == bytes)
    }
    try bench.replace([])
    #expect(try bench.replay().report == RecoveryReport())
    #expect(throws: SystemError(code: ErrorNumber.notFound, call: .open)) { try bench.replayOnce(99) }
  }

  @Test func newerVersionsAreLeftAlone() throws {
    let bench = try JournalBench()
    try bench.write([[1]])
    var bytes = try bench.bytes()
    bytes[8] = 2
    let crc = bytes.withUnsafeBytes { CRC32C.of(.init(rebasing: $0[..<40])) }
    for index in 0..<4 { bytes[40 + index] = UInt8(truncatingIfNeeded: crc >> UInt32(8 * index)) }
    bytes += [1, 2, 3]
    try bench.replace(bytes)
    let found = try bench.replay()
    #expect(found.payloads.isEmpty && found.report.unknownVersions == 1 && !found.report.mayBeRemoved)
    #expect(try bench.bytes() == bytes)
    let kept = try JournalRecovery.setAside(bench.segment(1))
    #expect(try File.readWhole(kept) == bytes)
    #expect(try JournalRecovery.segments(directory: bench.directory).isEmpty)
  }

  @Test func unreadableSectorsCostTheirFramesAlone() throws {
    let bench = try JournalBench()
    let payloads = Self.payloads(40, bytes: 1_000)
    try bench.write(payloads)
    let whole = try bench.bytes()
    // The first read is the window's, the next the first block's, and so on: the third block cannot be read.
    let rules = [
      FaultInjection.Rule(.read, .error(ErrorNumber.inputOutput), times: 1),
      .init(.read, .error(ErrorNumber.inputOutput), after: 2, times: 1),
    ]
    let found = try FaultInjection.with(rules) { try bench.replayOnce() }
    #expect(found.report.unreadableBytes == 4_096 && !found.report.mayBeRemoved)
    #expect(found.report.damagedStretches == 1)
    #expect(found.payloads.count >= 34 && found.payloads.count < 40)
    #expect(found.payloads.allSatisfy { payloads.contains($0) })
    #expect(found.payloads.count + Int(found.report.missingFrames) == 40)
    #expect(try bench.bytes() == whole)
    // Nothing can be read: nothing is cut off either.
    let none = try FaultInjection.with([.init(.read, .error(ErrorNumber.inputOutput))]) { try bench.replayOnce() }
    #expect(none.payloads.isEmpty && !none.report.mayBeRemoved && none.report.unreadableBytes == whole.count)
    #expect(try bench.replay().payloads == payloads)
  }

  @Test func fullDiskDuringRecovery() throws {
    let bench = try JournalBench()
    let payloads = Self.payloads(3)
    let ends = try bench.write(payloads)
    var damaged = try bench.bytes()
    damaged[ends[1]] ^= 1
    try bench.replace(damaged + [1, 2, 3])
    for call in [SystemCall.write, .mkdir, .fdatasync, .ftruncate] {
      let found = try FaultInjection.with([.init(call, .error(ErrorNumber.noSpace))]) { try bench.replayOnce() }
      #expect(found.payloads == [payloads[0], payloads[2]])
      #expect(found.report.failure?.isOutOfSpace == true && !found.report.mayBeRemoved, "\(call)")
      try bench.replace(damaged + [1, 2, 3])
      try FileSystem.removeTree(bench.directory + "/damaged")
    }
    let found = try bench.replay()
    #expect(found.report.mayBeRemoved && found.report.tornTailBytes == 3)
  }

  @Test func callersErrorsPass() throws {
    struct Refused: Error {}
    let bench = try JournalBench()
    try bench.write([[1], [2]])
    #expect(throws: Refused.self) { _ = try JournalRecovery.replay(bench.segment(1)) { _, _ in throw Refused() } }
    #expect(try bench.replay().payloads == [[1], [2]])
  }

  @Test func segmentsAreFoundInOrder() throws {
    let bench = try JournalBench()
    for (lane, number) in [(11, 4), (2, 10), (2, 9), (0, JournalNames.largestSegment)] as [(Int, UInt64)] {
      var writer = JournalWriter(directory: bench.directory, lane: lane, zstdLevel: 1)
      try writer.open(segment: number)
      try writer.append([1])
      writer.close()
    }
    for name in ["lane-02/7.journal", "lane-02/00000000000000000007.journal.old", "lane-02/x", "lane-2", "other"] {
      _ = try File(bench.directory + "/" + name, .append)
    }
    try FileSystem.createDirectories(bench.directory + "/damaged")
    let found = try JournalRecovery.segments(directory: bench.directory)
    #expect(found.map(\.lane) == [0, 2, 2, 11])
    #expect(found.map(\.number) == [JournalNames.largestSegment, 9, 10, 4])
    #expect(found[1].path == bench.directory + "/lane-02/00000000000000000009.journal")
    try JournalRecovery.remove(found[1])
    try JournalRecovery.remove(found[1])
    try JournalRecovery.synchronizeRemovals(directory: bench.directory, lane: 2)
    #expect(try JournalRecovery.segments(directory: bench.directory).count == 3)
    #expect(try JournalRecovery.segments(directory: bench.directory + "/none").isEmpty)
  }

  @Test func reportsAddUp() {
    var sum = RecoveryReport()
    var one = RecoveryReport()
    one.framesRead = 2
    one.tornTailBytes = 3
    one.quarantineFiles = ["a"]
    one.failure = SystemError(code: ErrorNumber.noSpace, call: .write)
    sum += one
    one.failure = nil
    sum += one
    #expect(sum.framesRead == 4 && sum.tornTailBytes == 6 && sum.quarantineFiles == ["a", "a"])
    #expect(sum.failure != nil && !sum.mayBeRemoved)
  }
}
