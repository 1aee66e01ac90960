import Gzip
import Mutation
import Primitives
import Testing
import Zstd

@testable import Capture

/// Steps from frame to frame, and what of the file is held meanwhile.
@Suite struct FrameCursorTests {
  private static func frames(_ bytes: [UInt8]) throws -> (frames: [Frame], counts: CaptureCounts) {
    var storage = CaptureStorage(copying: bytes)
    var counts = CaptureCounts()
    _ = storage.holds(upTo: 28)
    var cursor = try FrameCursor(file: storage.bytes, path: "p")
    var frames: [Frame] = []
    while let frame = cursor.next(in: &storage, counts: &counts) {
      #expect(frame.offset >= 0 && frame.capturedLength >= 0 && frame.offset + frame.capturedLength <= bytes.count)
      #expect(frame.wireLength >= frame.capturedLength)
      frames.append(frame)
    }
    #expect(cursor.position <= bytes.count)
    return (frames, counts)
  }

  /// A file that is cut anywhere yields the frames that are whole, and says that it is cut unless it ends with one.
  @Test func cutAnywhere() throws {
    var file = CaptureFile.classic([[1, 2, 3], [], [4]])
    let ends = [24, 24 + 19, 24 + 19 + 16, 24 + 19 + 16 + 17]
    file.bytes += []
    for length in 24...file.bytes.count {
      let found = try Self.frames(Array(file.bytes[..<length]))
      #expect(found.frames.count == ends.count { $0 <= length } - 1)
      #expect(found.counts[.fileCutShort] == (ends.contains(length) ? 0 : 1), "\(length)")
    }
    for length in 0..<24 {
      let cut = Array(file.bytes[..<length])
      #expect(throws: length == 0 || length >= 4 ? CaptureError.headerCut(path: "p") : .notACapture(path: "p")) {
        _ = try FrameCursor(file: cut.span.bytes, path: "p")
      }
    }
  }

  /// Lengths that nobody has: named as damage, where the file does not merely end.
  @Test func lengthsThatNobodyHas() throws {
    for (captured, flaw) in [
      (100, CaptureFlaw.fileCutShort), (Limits.captureFrameBytes + 1, .badRecordLength),
      (0xFFFF_FFFF, .badRecordLength),
    ] {
      var file = CaptureFile.classic([[1]])
      file.record([2], seconds: 1, captured: captured)
      let found = try Self.frames(file.bytes)
      #expect(found.frames.count == 1 && found.counts[flaw] == 1)
    }
    var section = CaptureFile.section()
    section.interface()
    section.bytes += section.word32(6) + section.word32(8) + section.word32(8)
    let found = try Self.frames(section.bytes)
    #expect(found.frames.isEmpty && found.counts[.badRecordLength] == 1)
  }

  /// Interfaces are those of their section, and times of their scale.
  @Test func interfacesAreOfTheirSection() throws {
    var file = CaptureFile.section()
    file.enhanced([1])
    file.simple([2])
    file.interface(linkType: 101, snapLength: 2, resolution: 9, offset: 5)
    file.enhanced([3], ticks: 7)
    file.simple([4, 4, 4], wire: 9)
    file.obsolete([5], interface: 1)
    let big = CaptureFile.section(isBig: true)
    file.bytes += big.bytes
    let found = try Self.frames(file.bytes)
    #expect(found.frames.map(\.time) == [5 * Nanos.perSecond + 7, 5 * Nanos.perSecond + 7])
    #expect(found.frames.map(\.isTimed) == [true, false] && found.frames.map(\.capturedLength) == [1, 2])
    #expect(found.frames[1].wireLength == 9 && found.frames[0].linkType == LinkType(number: 101))
    #expect(found.counts[.unknownInterface] == 3 && found.counts.frames == 5)
  }

  @Test func timesNearEachOtherWhateverTheyAre() {
    let far = Limits.captureTimeJumpSeconds * Nanos.perSecond
    #expect(FrameCursor.isNear(0, far) && FrameCursor.isNear(far, 0) && !FrameCursor.isNear(0, far + 1))
    #expect(!FrameCursor.isNear(.min, .max) && !FrameCursor.isNear(.max, .min) && !FrameCursor.isNear(0, .min))
    #expect(FrameCursor.isNear(.max, .max - 1))
  }

  /// One time that is out of line is not believed; two groups far from each other are.
  @Test(arguments: [0, 3, 11])
  func aTimeOutOfLine(place: Int) throws {
    var file = CaptureFile.classic(linkType: 101)
    let packet = Packet.ipv4(Packet.udp([1]))
    for index in 0..<24 { file.record(packet, seconds: index == place ? 500_000_000 : 1_000 + index) }
    let run = try CaptureRun(file.bytes)
    #expect(run.counts[.timeOutOfLine] == 1)
    #expect(run.datagrams.allSatisfy { $0.time < 1_100 * Nanos.perSecond } && run.datagrams.count == 24)
    var gap = CaptureFile.classic(linkType: 101)
    for index in 0..<24 { gap.record(packet, seconds: index < 12 ? 1_000 + index : 500_000_000 + index) }
    let second = try CaptureRun(gap.bytes)
    #expect(second.counts[.timeOutOfLine] == 0 && second.datagrams[23].time == 500_000_023 * Nanos.perSecond)
  }

  // MARK: storage

  private static let plain = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }

  private static func zipped(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    GzipStream(level: 1).compress(bytes, isLast: true, appendingTo: &out)
    return out
  }

  private static func packed(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    ZstdStream(level: 1).compress(bytes, isLast: true, appendingTo: &out)
    return out
  }

  /// A window over a packed file shows its octets in order, whatever steps are taken, and nothing behind its end.
  @Test(arguments: [1, 1_000, 262_145, 700_000])
  func aWindowMovesOverAPackedFile(step: Int) {
    for packed in [Self.zipped(Self.plain), Self.packed(Self.plain)] {
      var storage = CaptureStorage(copying: packed)
      var position = 0
      var begin = 0
      while begin + position < Self.plain.count {
        let want = min(step == 1 ? 65_537 : step, Self.plain.count - begin - position)
        let isThere = storage.holds(upTo: position + want)
        #expect(isThere)
        if !isThere { break }
        let isSame = storage.bytes.extracting(position..<position + want).withUnsafeBytes { bytes in
          bytes.elementsEqual(Self.plain[begin + position..<begin + position + want])
        }
        #expect(isSame, "at \(begin + position)")
        position += want
        let moved = storage.discard(before: position)
        position -= moved
        begin += moved
      }
      let isMore = storage.holds(upTo: position + 1)
      let (isCut, size) = (storage.isCutShort, storage.fileByteCount)
      #expect(!isMore && !isCut && size == packed.count)
      let tooMuch = storage.holds(upTo: Limits.captureWindowBytes + 1)
      #expect(!tooMuch)
    }
  }

  /// A packed file that is cut shows what is there, and says so.
  @Test func aPackedFileThatIsCut() {
    for packed in [Self.zipped(Self.plain), Self.packed(Self.plain)] {
      var storage = CaptureStorage(copying: Array(packed[..<(packed.count / 2)]))
      let isWhole = storage.holds(upTo: Self.plain.count)
      let (isCut, count) = (storage.isCutShort, storage.byteCount)
      #expect(!isWhole && isCut && count < Self.plain.count)
    }
  }

  @Test func aPlainFileIsItself() {
    for bytes in [[], [1], [0x1F], [1, 2, 3, 4, 5]] as [[UInt8]] {
      var storage = CaptureStorage(copying: bytes)
      let (isThere, isMore) = (storage.holds(upTo: bytes.count), storage.holds(upTo: bytes.count + 1))
      let moved = storage.discard(before: bytes.count)
      let copy = storage.bytes.withUnsafeBytes { Array($0) }
      let progress = storage.progress(at: 3)
      #expect(isThere && !isMore && moved == 0 && copy == bytes && progress == 3)
    }
  }

  /// All of a reader's state: at the end it is over, however often it is asked, and what was never whole is counted once.
  @Test func theEndIsCountedOnce() throws {
    var file = CaptureFile.classic(linkType: 101)
    file.record(Packet.ipv4([UInt8](repeating: 1, count: 8), more: true), seconds: 7)
    file.bytes += [0]
    var storage = CaptureStorage(copying: file.bytes)
    var progress = CaptureProgress(cursor: try FrameCursor(file: storage.bytes, path: "p"))
    for _ in 0..<3 {
      let isMore = progress.next(in: &storage)
      #expect(!isMore)
    }
    let counts = progress.unpacker.counts
    #expect(counts[.reassemblyUnfinished] == 1 && counts[.fileCutShort] == 1 && counts[.fragment] == 1)
  }

  // MARK: frames

  /// Any beginning of a frame, and any damage, ends with a verdict that stays inside of it.
  @Test func walksStayInside() {
    var mutation = Mutation(seed: 4)
    let whole = Packet.ethernet(
      Packet.vlan(
        Packet.ipv6(Packet.fragment6(Packet.udp([1, 2, 3]), offset: 0, more: false), next: 41), type: 0x86DD),
      type: 0x8100)
    var verdicts: Set<String> = []
    for round in 0..<20_000 {
      let bytes = round < whole.count ? Array(whole[..<round]) : mutation.damage(whole)
      let frame = Frame(
        offset: 0, capturedLength: bytes.count, wireLength: bytes.count, linkType: LinkType(number: 1), time: 0,
        isTimed: true)
      var walk = FrameWalk(frame: frame)
      switch walk.run(in: bytes.span.bytes) {
      case .datagram: verdicts.insert("datagram")
      case .fragment: verdicts.insert("fragment")
      case .segment: verdicts.insert("segment")
      case .skip(let reason): verdicts.insert(reason.label)
      }
      #expect(walk.offset >= 0 && walk.offset <= walk.end && walk.end <= bytes.count)
    }
    #expect(verdicts.isSuperset(of: ["datagram", "fragment", "malformed_header", "not_udp"]))
  }

  /// As many headers within headers as are read, and one more.
  @Test func layersAreBounded() {
    func nested(_ depth: Int) -> Bool {
      var packet = Packet.ipv4(Packet.udp([1]))
      for _ in 0..<depth { packet = Packet.ipv4(packet, protocol: 4) }
      let frame = Frame(
        offset: 0, capturedLength: packet.count, wireLength: packet.count, linkType: LinkType(number: 101), time: 0,
        isTimed: true)
      var walk = FrameWalk(frame: frame)
      if case .datagram = walk.run(in: packet.span.bytes) { return true }
      return false
    }
    #expect(nested(0) && nested(10))
    #expect(!nested(Limits.captureLayers) && !nested(1_000))
  }

  /// Fragments in fragments, and a datagram at last: each is counted, and the account balances.
  @Test func anUnpackerGoesThroughFragmentsInFragments() {
    let inner = Packet.udp((0..<64).map { UInt8($0) })
    let pieces = [
      Packet.ipv4(Array(inner[..<40]), identification: 9, more: true),
      Packet.ipv4(Array(inner[40...]), identification: 9, offset: 40),
    ]
    var unpacker = FrameUnpacker()
    var delivered = 0
    for (number, piece) in pieces.enumerated() {
      for (offset, range) in [(0, 0..<24), (24, 24..<piece.count)] {
        let packet = Packet.ipv4(
          Array(piece[range]), protocol: 4, identification: 20 + number, offset: offset, more: offset == 0)
        let frame = Frame(
          offset: 0, capturedLength: packet.count, wireLength: packet.count, linkType: LinkType(number: 101), time: 7,
          isTimed: true)
        unpacker.counts.frames += 1
        if unpacker.take(frame, in: packet.span.bytes) { delivered += 1 }
      }
    }
    let (place, datagram, counts) = (unpacker.place, unpacker.datagram, unpacker.counts)
    let range = unpacker.payloadRange
    let payload = unpacker.assembler.whole.extracting(range).withUnsafeBytes { Array($0) }
    #expect(delivered == 1 && place == .assembled && datagram.isReassembled && payload == (0..<64).map { UInt8($0) })
    #expect(counts.isBalanced && counts[.fragment] == 3 && counts.reassembled == 1)
    unpacker.countUnfinished()
    let unfinished = unpacker.counts[.reassemblyUnfinished]
    #expect(unfinished == 0)
  }

  // MARK: interfaces

  @Test func interfacesThatAreNotThereAreNamed() {
    let settings = LiveCapture.Settings(
      interface: "no-such-interface", filter: "udp", isPromiscuous: false, bufferBytes: .max)
    do {
      _ = try LiveCapture.open(settings)
      Issue.record("an interface that is not there was opened")
    } catch {
      #expect("\(error)".hasPrefix("cannot capture on interface no-such-interface: "))
    }
  }

  @Test func filtersAreCompiledBeforeTheyAreUsed() {
    for filter in ["", "udp", "udp and not port 53", "vlan and udp"] {
      #expect(LiveCapture.fault(ofFilter: filter) == nil)
    }
    for filter in ["udp or", "nonsense", "port 99999", "host 300.1.1.1"] {
      #expect(LiveCapture.fault(ofFilter: filter)?.hasPrefix("cannot compile filter \(filter): ") == true, "\(filter)")
    }
  }
}
