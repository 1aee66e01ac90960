import Capture
import Testing

@Suite struct FragmentTests {
  static let payload = (0..<200).map { UInt8($0) }
  static let udp = Packet.udp(payload)

  private func piece(_ range: Range<Int>, _ identification: Int = 1) -> [UInt8] {
    let more = range.upperBound < Self.udp.count
    return Packet.ipv4(Array(Self.udp[range]), identification: identification, offset: range.lowerBound, more: more)
  }

  private func piece6(_ range: Range<Int>) -> [UInt8] {
    let more = range.upperBound < Self.udp.count
    return Packet.fragment6(Array(Self.udp[range]), offset: range.lowerBound, more: more)
  }

  private func read(_ packets: [[UInt8]]) throws -> CaptureRun {
    try CaptureRun(CaptureFile.classic(linkType: 101, packets).bytes)
  }

  /// Within a millisecond, as the pieces of one packet come.
  private func readAtOnce(_ packets: [[UInt8]]) throws -> CaptureRun {
    var file = CaptureFile.classic(linkType: 101)
    for (index, packet) in packets.enumerated() { file.record(packet, seconds: 7, fraction: index * 100) }
    return try CaptureRun(file.bytes)
  }

  @Test func everyOrderOfPieces() throws {
    let ranges = [0..<64, 64..<128, 128..<208]
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      for isIPv6 in [false, true] {
        let run = try read(order.map { isIPv6 ? piece6(ranges[$0]) : piece(ranges[$0]) })
        #expect(run.payloads == [Self.payload])
        #expect(run.datagrams[0].isReassembled && run.datagrams[0].isWhole)
        #expect(run.datagrams[0].frameNumber == 3)
        #expect(run.datagrams[0].time == 1_002_000_000_000)
        #expect(run.counts[.fragment] == 2)
        #expect(run.counts.reassembled == 1)
      }
    }
  }

  @Test func packetsAreKeptApart() throws {
    let run = try read([piece(0..<64, 1), piece(0..<64, 2), piece(64..<208, 2), piece(64..<208, 1)])
    #expect(run.payloads == [Self.payload, Self.payload])
    // The same identification once more, after the first is whole.
    let again = try read([piece(0..<64), piece(64..<208), piece(0..<64), piece(64..<208)])
    #expect(again.counts.reassembled == 2)
  }

  @Test func atomicFragmentsStandAlone() throws {
    let run = try read([Packet.fragment6(Self.udp, offset: 0, more: false)])
    #expect(run.payloads == [Self.payload])
    #expect(!run.datagrams[0].isReassembled)
  }

  @Test func doubledPiecesChangeNothing() throws {
    for run in [
      try read([piece(0..<64), piece(0..<64), piece(64..<208)]),
      try read([piece6(64..<208), piece6(64..<208), piece6(0..<64)]),
    ] {
      #expect(run.payloads == [Self.payload])
      #expect(run.counts[.fragment] == 2)
    }
  }

  @Test func whatCameFirstStaysInIPv4() throws {
    let other = [UInt8](repeating: 0xFF, count: 24) + Self.udp[104...]
    let late = Packet.ipv4(other, offset: 80)
    #expect(try readAtOnce([piece(0..<104), late]).payloads == [Self.payload])
    // The later piece spans a gap between two that are there.
    let wide = Packet.ipv4([UInt8](repeating: 0xFF, count: 8) + Self.udp[72..<96] + [0xEE], offset: 64, more: true)
    let run = try readAtOnce([piece(0..<72), piece(96..<208), wide])
    #expect(run.payloads == [Self.payload])
  }

  @Test func overlapDiscardsInIPv6() throws {
    let run = try read([piece6(0..<104), piece6(96..<208), piece6(104..<208)])
    #expect(run.datagrams.isEmpty)
    #expect(run.counts[.overlappingFragment] == 2)
    #expect(run.counts[.reassemblyUnfinished] == 1)
  }

  @Test func piecesThatContradictTheEnd() throws {
    let beyond = Packet.ipv4([1, 2, 3, 4, 5, 6, 7, 8], offset: 208, more: true)
    let run = try read([piece(64..<208), beyond, piece(0..<64)])
    #expect(run.payloads == [Self.payload])
    #expect(run.counts[.overlappingFragment] == 1)
  }

  @Test func malformedPieces() throws {
    let tooFar = Packet.ipv4([UInt8](repeating: 1, count: 64), offset: 65_528)
    #expect(try read([tooFar]).counts[.malformedFragment] == 1)
    let odd = Packet.fragment6(Array(Self.udp[..<101]), offset: 0, more: true)
    #expect(try read([odd]).counts[.malformedFragment] == 1)
  }

  /// A device that counts to a few numbers gives one anew before its packet is whole: no octet of one is in the other.
  @Test(arguments: [0, 1, 2])
  func numbersGivenAnew(lost: Int) throws {
    var file = CaptureFile.classic(linkType: 101)
    let ranges = [0..<64, 64..<128, 128..<208]
    func pieces(_ fill: UInt8) -> [[UInt8]] {
      let whole = Packet.udp([UInt8](repeating: fill, count: 200))
      return ranges.map { range in
        Packet.ipv4(Array(whole[range]), offset: range.lowerBound, more: range.upperBound < 208)
      }
    }
    for (index, fill) in [UInt8(1), 2, 3].enumerated() {
      for (number, piece) in pieces(fill).enumerated() where index > 0 || number != lost {
        file.record(piece, seconds: 10 + 2 * index, fraction: number * 100)
      }
    }
    let run = try CaptureRun(file.bytes)
    #expect(run.payloads == [2, 3].map { [UInt8](repeating: $0, count: 200) })
    #expect(run.datagrams.allSatisfy { $0.isWhole })
  }

  /// A checksum tells pieces of two packets apart, whatever their lengths.
  @Test func checksumsTellPiecesApart() throws {
    func packet(_ fill: UInt8) -> [UInt8] {
      var bytes = Packet.udp([UInt8](repeating: fill, count: 200))
      var sum = 0x0A00 + 0x0001 + 0x0A00 + 0x0002 + 17 + bytes.count
      for index in stride(from: 0, to: bytes.count, by: 2) { sum += Int(bytes[index]) << 8 | Int(bytes[index + 1]) }
      while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
      bytes.replaceSubrange(6..<8, with: Packet.big16(~sum & 0xFFFF))
      return bytes
    }
    var file = CaptureFile.classic(linkType: 101)
    file.record(Packet.ipv4(Array(packet(1)[104...]), offset: 104), seconds: 10)
    file.record(Packet.ipv4(Array(packet(2)[..<104]), more: true), seconds: 11)
    file.record(Packet.ipv4(Array(packet(2)[104...]), offset: 104), seconds: 11, fraction: 9)
    let run = try CaptureRun(file.bytes)
    #expect(run.payloads == [[UInt8](repeating: 2, count: 200)] && run.counts[.reassemblyMixed] == 1)
  }

  @Test func timeRunsOut() throws {
    var file = CaptureFile.classic(linkType: 101)
    file.record(piece(0..<64), seconds: 1)
    file.record(piece(64..<208), seconds: 62)
    let run = try CaptureRun(file.bytes)
    #expect(run.datagrams.isEmpty)
    #expect(run.counts[.reassemblyExpired] == 1)
    #expect(run.counts[.reassemblyUnfinished] == 1)
  }

  @Test func memoryIsBounded() throws {
    // Far more packets than are kept, each with one large piece; the newest still becomes whole.
    var packets: [[UInt8]] = []
    let large = [UInt8](repeating: 9, count: 32_768)
    for identification in 0..<1_200 {
      packets.append(Packet.ipv4(large, identification: identification, offset: 32, more: true))
    }
    packets += [piece(0..<64, 5_000), piece(64..<208, 5_000)]
    let run = try read(packets)
    #expect(run.payloads == [Self.payload])
    let left = run.counts[.reassemblyUnfinished]
    #expect(run.counts[.reassemblyEvicted] + left == 1_200)
    #expect(left * 32_768 <= 16 << 20)
  }

  /// A flood of pieces from as many sources: several packets give way at once, and one that is whole is delivered.
  @Test func aFloodOfSourcesIsBounded() throws {
    var packets: [[UInt8]] = []
    for source in 0..<3_000 {
      let octets = [UInt8](repeating: 9, count: 8)
      var packet = Packet.ipv4(octets, identification: 9, offset: 8 * (source % 100), more: true)
      packet[14] = UInt8(source >> 8)
      packet[15] = UInt8(source & 255)
      packets.append(packet)
    }
    packets += [piece(0..<64, 5_000), piece(64..<208, 5_000)]
    let run = try readAtOnce(packets)
    #expect(run.payloads == [Self.payload])
    let left = run.counts[.reassemblyUnfinished]
    #expect(run.counts[.reassemblyEvicted] + left == 3_000 && left <= 1_024 && left >= 900)
  }

  @Test func piecesCutByTheCapture() throws {
    var file = CaptureFile.classic(linkType: 101)
    let first = piece(0..<104)
    file.record(Array(first[..<60]), seconds: 1, wire: first.count)
    let second = piece(104..<208)
    file.record(Array(second[..<60]), seconds: 1, wire: second.count)
    let run = try CaptureRun(file.bytes)
    #expect(run.payloads == [Array(Self.payload[..<32])])
    #expect(run.counts[.datagramCutByCapture] == 1)
    #expect(run.counts[.truncatedFrame] == 1)
  }

  @Test func tunnelledFragments() throws {
    let inner = Packet.ipv4(Self.udp)
    let tunnel = [
      Packet.ipv4(Array(inner[..<120]), protocol: 4, more: true),
      Packet.ipv4(Array(inner[120...]), protocol: 4, offset: 120),
    ]
    #expect(try read(tunnel).payloads == [Self.payload])
    // Fragments within fragments.
    let nested = [piece(0..<104, 3), piece(104..<208, 3)].enumerated().flatMap { index, packet in
      [
        Packet.ipv4(Array(packet[..<64]), protocol: 4, identification: 50 + index, more: true),
        Packet.ipv4(Array(packet[64...]), protocol: 4, identification: 50 + index, offset: 64),
      ]
    }
    #expect(try read(nested).payloads == [Self.payload])
  }
}
