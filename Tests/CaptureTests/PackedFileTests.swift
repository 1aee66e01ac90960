import Capture
import Gzip
import Primitives
import Testing
import Zstd

/// Captures that are packed, and times that cannot be.
@Suite struct PackedFileTests {
  private static let frames = (0..<3_000).map { index in
    Packet.ethernet(Packet.ipv4(Packet.udp((0..<(index % 900)).map { UInt8(truncatingIfNeeded: $0 * index) })))
  }
  private static let classic = CaptureFile.classic(frames).bytes
  private static let blocks: [UInt8] = {
    var file = CaptureFile.section()
    file.interface()
    for (index, frame) in frames.enumerated() { file.enhanced(frame, ticks: UInt64(index) * 1_000) }
    return file.bytes
  }()

  private func zipped(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    GzipStream(level: 4).compress(bytes, isLast: true, appendingTo: &out)
    return out
  }

  private func packed(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    ZstdStream(level: 3).compress(bytes, isLast: true, appendingTo: &out)
    return out
  }

  @Test func packedFilesReadAsPlainOnes() throws {
    for plain in [Self.classic, Self.blocks] {
      let wanted = try CaptureRun(plain)
      for bytes in [zipped(plain), packed(plain)] {
        let run = try CaptureRun(bytes)
        #expect(run.payloads == wanted.payloads && run.counts == wanted.counts)
        #expect(run.datagrams.map { $0.time } == wanted.datagrams.map { $0.time })
      }
    }
  }

  /// Some tools pack piece by piece; others leave something behind.
  @Test func severalMembers() throws {
    let half = Self.classic.count / 2
    let (front, back) = (Array(Self.classic[..<half]), Array(Self.classic[half...]))
    #expect(try CaptureRun(zipped(front) + zipped(back)).payloads.count == 3_000)
    #expect(try CaptureRun(packed(front) + packed(back)).payloads.count == 3_000)
    #expect(try CaptureRun(zipped(Self.classic) + [0, 0, 0, 0]).payloads.count == 3_000)
  }

  @Test func cutAndBroken() throws {
    for bytes in [zipped(Self.classic), packed(Self.classic)] {
      let cut = try CaptureRun(Array(bytes.dropLast(bytes.count / 3)))
      #expect(cut.counts[.fileCutShort] >= 1 && (1..<3_000).contains(cut.datagrams.count))
      var broken = bytes
      for index in bytes.count / 2..<bytes.count / 2 + 40 { broken[index] ^= 0x5A }
      // zstd's frames may lack a checksum: then some other octets are read, and the account balances all the same.
      if let run = try? CaptureRun(broken), bytes[0] == 0x1F { #expect(run.counts.isDamaged) }
    }
    #expect(throws: CaptureError.self) { try CaptureRun(zipped(Array("no capture at all, but text".utf8))) }
  }

  // MARK: times

  private func times(_ seconds: [Int]) throws -> CaptureRun {
    var file = CaptureFile.classic()
    for (index, second) in seconds.enumerated() { file.record(Self.frames[index + 1], seconds: second) }
    return try CaptureRun(file.bytes)
  }

  @Test func framesWithoutATime() throws {
    #expect(try times([0, 0, 0]).counts[.frameWithoutTime] == 3)
    var file = CaptureFile.section()
    file.interface()
    file.simple(Self.frames[5])
    #expect(try CaptureRun(file.bytes).counts[.frameWithoutTime] == 1)
  }

  @Test func timesOutOfLine() throws {
    let base = 1_760_000_000
    func seconds(_ wanted: [Int]) throws -> [Int] {
      try times(wanted).datagrams.map { Int($0.time / 1_000_000_000) - base }
    }
    let far = 4_102_444_800
    let one = [0, 1, 2, 3, 4, 5, 6, far - base, 8, 9]
    #expect(try seconds(one.map { $0 + base }) == [0, 1, 2, 3, 4, 5, 6, 6, 8, 9], "one in the future")
    #expect(try seconds([far - base, 1, 2].map { $0 + base }) == [far - base, 1, 2], "too few to say so")
    #expect(try seconds([far - base, 1, 2, 3, 4, 5, 6, 7, 8].map { $0 + base }).first == 1, "the first")
    #expect(try seconds([0, 1, 2, -500_000_000].map { $0 + base }) == [0, 1, 2, -500_000_000], "nothing follows it")
    #expect(try seconds([0, 1, 90_000, 90_001].map { $0 + base }) == [0, 1, 90_000, 90_001], "a day later it goes on")
    #expect(try seconds([50, 51, 0, 1].map { $0 + base }) == [50, 51, 0, 1], "two captures")
  }

  /// A head that says microseconds, and nanoseconds behind it.
  @Test func fractionsOfNanoseconds() throws {
    var file = CaptureFile.classic()
    for fraction in [999_000_000, 5_000_000, 6_000] { file.record(Self.frames[9], seconds: 10, fraction: fraction) }
    let run = try CaptureRun(file.bytes)
    #expect(run.datagrams.map { $0.time } == [10_999_000_000, 10_005_000_000, 10_000_006_000])
  }
}
