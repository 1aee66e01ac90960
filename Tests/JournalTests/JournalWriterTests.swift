import Journal
import Mutation
import Sys
import Testing

@Suite struct JournalWriterTests {
  @Test func roundTrip() throws {
    let bench = try JournalBench()
    var random = SeededRandom(7)
    for segment in 1...5 as ClosedRange<UInt64> {
      var payloads: [[UInt8]] = [[]]
      for index in 0..<30 {
        payloads.append(random.octets(Int(random.next() % 20_000), isPlain: index % 2 == 0))
      }
      // Larger than the reader's window.
      payloads.append(random.octets(3 << 20))
      payloads.append([1])
      try bench.write(payloads, segment: segment)
      let found = try bench.replay(segment)
      #expect(found.payloads == payloads)
      var expected = RecoveryReport()
      expected.framesRead = payloads.count
      expected.bytesRead = payloads.reduce(0) { $0 + $1.count }
      #expect(found.report == expected && found.report.mayBeRemoved)
    }
    #expect(try JournalRecovery.segments(directory: bench.directory).map(\.number) == [1, 2, 3, 4, 5])
  }

  @Test func fileIsCreatedByTheFirstFrame() throws {
    let bench = try JournalBench()
    var writer = bench.writer()
    try writer.open(segment: 3)
    try writer.commit()
    #expect(!FileSystem.exists(bench.segment(3).path))
    try writer.append([1, 2])
    let isOpen = writer.isOpen && writer.hasUncommittedFrames && writer.framesWritten == 1
    #expect(isOpen)
    let length = writer.bytesWritten
    #expect(try FileSystem.status(bench.segment(3).path)?.byteCount == length)
    try writer.commit()
    let isCommitted = !writer.hasUncommittedFrames
    #expect(isCommitted)
    // A segment that exists is never written over.
    var other = bench.writer()
    try other.open(segment: 3)
    let failure = Self.failure { () throws(SystemError) in try other.append([9]) }
    #expect(failure?.code == ErrorNumber.exists)
    other.close()
    writer.close()
    #expect(try bench.replay(3).payloads == [[1, 2]])
  }

  @Test(arguments: [
    [FaultInjection.Rule(.write, .error(ErrorNumber.noSpace), times: 3)],
    [.init(.write, .error(ErrorNumber.inputOutput), times: 1)],
    // Some bytes go out before the disk is full.
    [.init(.write, .shortWrite(byteCount: 30), times: 1), .init(.write, .error(ErrorNumber.noSpace), times: 2)],
    // And cannot be cut off.
    [
      .init(.write, .shortWrite(byteCount: 60), times: 1), .init(.write, .error(ErrorNumber.noSpace), times: 1),
      .init(.ftruncate, .error(ErrorNumber.inputOutput)),
    ],
  ])
  func fullDiskLeavesWholeFrames(rules: [FaultInjection.Rule]) throws {
    let bench = try JournalBench()
    var random = SeededRandom(3)
    let payloads = (0..<6).map { _ in random.octets(500) }
    for good in 0..<payloads.count {
      let number = UInt64(good)
      var writer = bench.writer()
      try writer.open(segment: number)
      for payload in payloads[..<good] { try writer.append(payload) }
      let before = writer.bytesWritten
      let failure = FaultInjection.with(rules) {
        Self.failure { () throws(SystemError) in try writer.append(payloads[good]) }
      }
      #expect(failure?.call == .write)
      let after = writer.bytesWritten
      // The file header stands, or does not.
      #expect(after == before || (good == 0 && after == 48))
      // A crash here costs nothing that was there before.
      try bench.replace(try bench.bytes(number), segment: number + 100)
      #expect(try bench.replay(number + 100).payloads == Array(payloads[..<good]))
      try writer.append(payloads[good])
      for payload in payloads[(good + 1)...] { try writer.append(payload) }
      try writer.commit()
      writer.close()
      let found = try bench.replay(number)
      #expect(found.payloads == payloads)
      #expect(found.report.damagedStretches == 0 && found.report.tornTailBytes == 0)
    }
  }

  @Test func failedCommitEndsTheSegment() throws {
    let bench = try JournalBench()
    var writer = bench.writer()
    try writer.open(segment: 1)
    try writer.append([1])
    try writer.commit()
    try writer.append([2])
    try writer.append([3])
    let failure = FaultInjection.with([.init(.fdatasync, .error(ErrorNumber.inputOutput), times: 1)]) {
      Self.failure { () throws(SystemError) in try writer.commit() }
    }
    #expect(failure == SystemError(code: ErrorNumber.inputOutput, call: .fdatasync))
    let isOpen = writer.isOpen
    #expect(!isOpen)
    // The frames that failed go to the next segment; the one that was committed stays.
    try writer.open(segment: 2)
    try writer.append([2])
    try writer.append([3])
    try writer.commit()
    writer.close()
    #expect(try bench.replay(1).payloads == [[1]])
    #expect(try bench.replay(2).payloads == [[2], [3]])
  }

  @Test func segmentsWithoutCommittedFramesLeaveNoFile() throws {
    let bench = try JournalBench()
    var writer = bench.writer()
    for number in 1...3 as ClosedRange<UInt64> {
      try writer.open(segment: number)
      try writer.append([2])
      let failure = FaultInjection.with([.init(.fdatasync, .error(ErrorNumber.noSpace))]) {
        Self.failure { () throws(SystemError) in try writer.commit() }
      }
      #expect(failure?.isOutOfSpace == true)
    }
    try writer.open(segment: 4)
    let failure = FaultInjection.with([.init(.write, .error(ErrorNumber.noSpace))]) {
      Self.failure { () throws(SystemError) in try writer.append([1]) }
    }
    #expect(failure?.isOutOfSpace == true)
    let isUncommitted = writer.hasUncommittedFrames
    #expect(!isUncommitted)
    writer.close()
    #expect(try JournalRecovery.segments(directory: bench.directory).isEmpty)
  }

  @Test(arguments: [
    FaultInjection.Rule(.open, .error(ErrorNumber.noSpace), times: 1, path: ".journal"),
    .init(.write, .error(ErrorNumber.noSpace), times: 1), .init(.fsync, .error(ErrorNumber.inputOutput), times: 1),
    .init(.write, .error(ErrorNumber.noSpace), after: 1, times: 1),
  ])
  func creationIsTriedAgain(rule: FaultInjection.Rule) throws {
    let bench = try JournalBench()
    var writer = bench.writer()
    try writer.open(segment: 1)
    let failure = FaultInjection.with([rule]) {
      Self.failure { () throws(SystemError) in try writer.append([1]) }
    }
    #expect(failure?.call == rule.call)
    try writer.append([1])
    try writer.commit()
    writer.close()
    #expect(try bench.replay(1).payloads == [[1]])
  }

  private static func failure(_ body: () throws(SystemError) -> Void) -> SystemError? {
    do throws(SystemError) {
      try body()
      return nil
    } catch {
      return error
    }
  }
}
