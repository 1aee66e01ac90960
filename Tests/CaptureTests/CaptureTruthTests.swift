import Capture
import Foundation
import Primitives
import Testing

/// Where the captures are: `THINAI_CAPTURES`, else beside the checkout.
enum Captures {
  static let folder: URL = {
    if let given = ProcessInfo.processInfo.environment["THINAI_CAPTURES"] { return URL(fileURLWithPath: given) }
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    return root.deletingLastPathComponent().appendingPathComponent("shared/captures")
  }()

  /// `folder/name` of each capture that has a truth beside it.
  static let names: [String] = {
    let truth = folder.appendingPathComponent("truth")
    guard let walk = FileManager.default.enumerator(atPath: truth.path) else { return [] }
    let all = walk.compactMap { $0 as? String }.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
    let suffixes = [".pcap", ".pcapng", ".cap"]
    return all.filter { name in suffixes.contains { name.hasSuffix($0) } }.sorted()
  }()
}

/// Every capture at hand, datagram for datagram, against what tshark found in it.
@Suite struct CaptureTruthTests {
  /// tshark numbers pcapng custom blocks as frames, which they are not.
  static let customBlocks = ["framing/gopacket__le__test018.pcapng"]
  /// The IP packet is longer than the UDP length says: tshark 4.0 hashed all of it, RFC 768 ends the datagram earlier.
  static let longerPackets = [
    "framing/suricata-verify__udp-hlen-invalid-strict__input.pcap", "flow/tcpdump__sflow_print-segv.pcap",
  ]

  /// Datagrams in a tunnel over UDP: the truth tells of the outer one, we of the inner one.
  static let tunnels = ["gtp/zeek__gtp4_udp_2152_inside.pcap", "gtp/zeek__gtp7_ipv6.pcap"]

  @Test(
    .enabled(if: !Captures.names.isEmpty, "no captures: set THINAI_CAPTURES to the folder that holds them"),
    arguments: Captures.names)
  func agrees(name: String) throws {
    let truthURL = Captures.folder.appendingPathComponent("truth/\(name).json")
    let truth = try JSONDecoder().decode(Truth.self, from: Data(contentsOf: truthURL))
    let run = try CaptureRun(path: Captures.folder.appendingPathComponent(name).path)
    #expect(run.counts.datagrams == truth.udp_frames)
    #expect(run.datagrams.count == truth.datagrams.count)
    for (index, expected) in truth.datagrams.enumerated() where index < run.datagrams.count {
      let found = run.datagrams[index]
      if !Self.customBlocks.contains(name) { #expect(found.frameNumber == expected.frame) }
      #expect(found.isTimed ? "\(found.time)" == expected.timeNanos : expected.timeNanos == "")
      if Self.tunnels.contains(name) { continue }
      #expect(expected.sources.contains(found.source.addressText))
      #expect(expected.destinations.contains(found.destination.addressText))
      #expect("\(found.source.port)" == expected.sourcePort)
      #expect("\(found.destination.port)" == expected.destinationPort)
      #expect("\(found.udpLength)" == expected.udpLength)
      let hash = run.payloads[index].isEmpty ? "" : String(SHA256.hex(run.payloads[index]).prefix(16))
      #expect(hash == expected.hash || Self.longerPackets.contains(name))
    }
  }

  @Test func hashOfKnownText() {
    #expect(SHA256.hex(Array("abc".utf8)).hasPrefix("ba7816bf8f01cfea414140de5dae2223"))
    #expect(SHA256.hex([]).hasPrefix("e3b0c44298fc1c149afbf4c8996fb924"))
  }
}

private struct Truth: Decodable {
  var udp_frames: Int
  var datagrams: [Row]

  /// Columns: frame, time, source, port, destination, port, UDP length, hash. Layers within layers are separated by `|`,
  /// IPv4 from IPv6 by `/`; the outermost datagram counts.
  struct Row: Decodable {
    var frame: Int
    var timeNanos: String
    var sources: [String]
    var sourcePort: String
    var destinations: [String]
    var destinationPort: String
    var udpLength: String
    var hash: String

    init(from decoder: any Decoder) throws {
      var columns = try decoder.unkeyedContainer()
      frame = try columns.decode(Int.self)
      func outermost(_ text: String) -> String { String(text.prefix { $0 != "|" }) }
      // Seconds with nine decimals: without the point these are nanoseconds.
      timeNanos = try columns.decode(String.self).replacingOccurrences(of: ".", with: "")
      sources = try columns.decode(String.self).split { "|/".contains($0) }.map(String.init)
      sourcePort = outermost(try columns.decode(String.self))
      destinations = try columns.decode(String.self).split { "|/".contains($0) }.map(String.init)
      destinationPort = outermost(try columns.decode(String.self))
      udpLength = outermost(try columns.decode(String.self))
      hash = outermost(try columns.decode(String.self))
    }
  }
}
