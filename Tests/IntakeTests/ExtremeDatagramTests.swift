import Primitives
import Registry
import Sys
import Telemetry
import Testing

@testable import Intake
@testable import Protocols

/// Datagrams as large and as odd as they come: each is taken or refused by name, its records fit what a batch keeps for
/// it, and the account balances.
@Suite struct ExtremeDatagramTests {
  /// A lane with a listener of each protocol.
  struct Lane: ~Copyable {
    var pipeline: LanePipeline
    let batch: Batch
    let kinds = TelemetryProtocol.spoken
    var nanos = UnixNanos(1_795_186_800) * Nanos.perSecond
    var sequence: UInt64 = 1

    init() {
      let listeners = kinds.map { kind in
        ListenerSettings(
          name: kind.name, telemetryProtocol: kind,
          address: SocketAddress(SourceAddress(ipv4: 0x7F00_0001, port: 20_004)))
      }
      batch = Batch(listenerCount: listeners.count)
      pipeline = LanePipeline(
        listeners: listeners,
        bounds: TimeBounds(futureNanos: Nanos.perDay, readingsAgeNanos: nil, eventsAgeNanos: nil),
        admission: Admission(registry: .empty, knownOnly: false), seed: 7)
      pipeline.begin(batch, segment: 1)
    }

    /// Takes a datagram and says what the listener did with it.
    mutating func take(_ bytes: [UInt8], as kind: TelemetryProtocol) -> (Reply, LedgerCounts) {
      // Each in a segment of its own: every series and layout is defined anew.
      sequence += 1
      pipeline.begin(batch, segment: sequence)
      let listener = kinds.firstIndex(of: kind)!
      let outcome = pipeline.take(
        bytes.span.bytes,
        LanePipeline.Arrival(
          listener: listener, source: SourceAddress(ipv4: 0x0A00_0001, port: 5_000),
          destination: SourceAddress(high: 0, low: 0, port: 20_004), nanos: nanos, monotonicNanos: nanos))
      nanos += 10 * Nanos.perMillisecond
      let counts = batch.counts[listener]
      #expect(counts.received == 1 && counts.received == counts.decoded + counts.rejectedTotal)
      #expect(batch.records.byteCount <= Limits.recordBytesPerDatagram + 64)
      #expect(batch.rowCounts[listener] + counts.shedTotal == counts.rows + counts.events)
      return (outcome, counts)
    }

    /// The code that a CoAP request of a pack is answered with at once, 0 if it waits for its commit.
    mutating func post(_ pack: [UInt8], path: String = "telemetry/m", format: UInt8 = 110) -> Int {
      sequence += 1
      let request = CoAPRequest(
        UInt16(truncatingIfNeeded: sequence), path: path, contentFormat: format, payload: pack)
      switch take(request.bytes, as: .coap).0 {
      case .afterCommit: return 0
      case .now(let range):
        let code = pipeline.replyBytes.unsafeLoad(fromByteOffset: range.lowerBound + 1, as: UInt8.self)
        return Int(code >> 5) * 100 + Int(code & 31)
      case .none: return -1
      }
    }
  }

  private static func json(_ records: [String]) -> [UInt8] { Array("[\(records.joined(separator: ","))]".utf8) }

  private static func text(_ length: Int, _ letter: String = "x") -> String { String(repeating: letter, count: length) }

  @Test func units() {
    var lane = Lane()
    for (unit, count) in [(5_000, 1_000), (65, 10), (30_000, 1_000), (60_000, 1)] {
      let records = (0..<count).map { #"{"n":"f\#($0)","v":1}"# }
      let base = #"{"bn":"urn:dev:ops:p:","bt":1795186000,"bu":"\#(Self.text(unit))","n":"z","v":1}"#
      #expect(lane.post(Self.json([base] + records)) == 400, "a base unit of \(unit)")
      let own = #"{"n":"a:z","u":"\#(Self.text(unit))","v":1}"#
      #expect(lane.post(Self.json([own])) == 400, "a unit of \(unit)")
    }
    let records = (0..<1_000).map { #"{"n":"f\#($0)","v":1}"# }
    let base = #"{"bn":"urn:dev:ops:p:","bu":"\#(Self.text(64))","n":"z","v":1}"#
    #expect(lane.post(Self.json([base] + records)) == 0)
  }

  /// One long name in thousands of layouts: the base name's component, beside a field of each row's own.
  @Test func namesThatStandOnce() {
    var lane = Lane()
    let rows = 2_300
    var records = [#"{"bn":"urn:dev:ops:x_\#(Self.text(480))","v":1,"t":1795186001}"#]
    for row in 2...rows { records.append(#"{"v":1,"t":\#(1_795_186_000 + row)}"#) }
    records.append(#"{"bn":"urn:dev:ops:x:"}"#)
    for row in 1...rows { records.append(#"{"n":"a\#(row)","v":1,"t":\#(1_795_186_000 + row)}"#) }
    let pack = Self.json(records)
    #expect(lane.post(pack.count > 65_000 ? [] : pack) != -1)
    // The same in CBOR, four thousand rows of it: 2 MB of definitions from 60 KB.
    var bytes: [UInt8] = [0x9F, 0xA3, 0x21]
    let name = Array("urn:dev:ops:x_\(Self.text(480))".utf8)
    bytes += [0x79, UInt8(name.count >> 8), UInt8(name.count & 255)] + name
    bytes += [0x22, 0x1A, 0x6B, 0x00, 0x00, 0x00, 0x02, 0x01]
    for row in 1...4_000 { bytes += [0xA2, 0x02, 0x01, 0x06, 0x19, UInt8(row >> 8), UInt8(row & 255)] }
    let device = Array("urn:dev:ops:x:".utf8)
    bytes += [0xA1, 0x21, 0x60 + UInt8(device.count)] + device
    for row in 1...3_000 {
      bytes += [0xA3, 0x00, 0x63, UInt8(97 + row % 26), UInt8(97 + row / 26 % 26), UInt8(97 + row / 676)]
      bytes += [0x02, 0x01, 0x06, 0x19, UInt8(row >> 8), UInt8(row & 255)]
    }
    bytes.append(0xFF)
    #expect(bytes.count < 65_507)
    #expect(lane.post(bytes, format: 112) == 413)
  }

  @Test func manyDevices() {
    var lane = Lane()
    for (count, measurement) in [(3_000, 10), (3_000, 200), (1_900, 255)] {
      let records = (0..<count).map { #"{"n":"d\#($0)/v","v":1}"# }
      let code = lane.post(Self.json(records), path: "t/" + Self.text(measurement, "m"))
      #expect(code == 0 || code == 413 || code == 400, "\(count) devices: \(code)")
      if measurement == 10 { #expect(code == 0) }
    }
  }

  @Test func manyRowsAndTexts() {
    var lane = Lane()
    let rows = (0..<2_400).map { #"{"n":"v","v":\#($0),"t":-\#($0)}"# }
    #expect(lane.post(Self.json([#"{"bn":"d/","n":"v","v":1}"#] + rows)) == 0)
    #expect(lane.post(Self.json([#"{"n":"d/s","vs":"\#(Self.text(27_000, "é"))"}"#])) == 0)
    #expect(lane.post(Self.json((0..<100).map { #"{"bn":"d/","n":"f\#($0)\#(Self.text(500))","v":1}"# })) == 0)
    #expect(lane.post(Self.json([#"{"n":"d/s","vs":"\#(Self.text(9_000, "\\u0001"))"}"#])) != -1)
    for number in ["1e308", "1e309", "-1e-400", "9223372036854775808", "18446744073709551616", Self.text(50_000, "9")] {
      for member in ["v", "t", "bt", "s", "bs", "bv", "ut", "bver"] {
        #expect(lane.post(Self.json([#"{"n":"d/s","v":1,"\#(member)":\#(number)}"#])) != -1)
      }
    }
    #expect(lane.post(Array(repeating: UInt8(ascii: "["), count: 65_000)) == 400)
    #expect(lane.post(Array(repeating: 0x9F, count: 65_000), format: 112) == 400)
    #expect(lane.post([0x9B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], format: 112) == 400)
    #expect(lane.post([0x81, 0xBB, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], format: 112) == 400)
    #expect(lane.post([0x81, 0xA1, 0x00, 0x7B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], format: 112) == 400)
  }

  @Test func lines() {
    var lane = Lane()
    // Every row another table, another device, another layout.
    let shortest = (0..<7_000).map { "m\($0),d=\($0) f\($0)=1" }.joined(separator: "\n")
    let (_, counts) = lane.take(Array(shortest.utf8.prefix(65_507)), as: .line)
    #expect(counts.rows > 3_000)
    let wide = "m d=1" + (0..<1_023).map { ",f\($0)\(Self.text(50))=1" }.joined()
    #expect(lane.take(Array(wide.utf8), as: .line).1.rows == 1)
    #expect(lane.take(Array(("m d=1" + (0..<12_000).map { ",f\($0 % 10)=1" }.joined()).utf8), as: .line).1.rows == 0)
    let tagged = (0..<60).map { "m,\((0..<64).map { "t\($0)=\(Self.text(10))" }.joined(separator: ",")) v\($0)=1" }
    _ = lane.take(Array(tagged.joined(separator: "\n").utf8), as: .line)
    let long = (0..<8).map { "m\($0),device=d,t=\(Self.text(8_100)) v=1" }.joined(separator: "\n")
    #expect(lane.take(Array(long.utf8), as: .line).1.rows == 8)
    let escaped = (0..<100).map { "m d\\,\($0)=\"\(Self.text(300, "\\\""))\"" }.joined(separator: "\n")
    #expect(lane.take(Array(escaped.utf8), as: .line).1.rows == 100)
    for octet: UInt8 in [0, 0x0A, 0x20, 0x22, 0x2C, 0x3D, 0x5C, 0xFF] {
      _ = lane.take(Array(repeating: octet, count: 65_507), as: .line)
      _ = lane.take(Array("m,d=1 v=".utf8) + Array(repeating: octet, count: 65_000), as: .line)
    }
  }

  @Test func otherProtocols() {
    var lane = Lane()
    for kind in lane.kinds {
      for octet: UInt8 in [0, 1, 0x22, 0x30, 0x3C, 0x5C, 0x7F, 0x81, 0xBF, 0xFF] {
        for length in [1, 4, 12, 1_500, 65_507] {
          _ = lane.take(Array(repeating: octet, count: length), as: kind)
        }
      }
    }
    let parameters = (0..<6_000).map { " p\($0 % 200)=\"\\\"\"" }.joined()
    _ = lane.take(Array("<13>1 - h a p m [id\(parameters)] text".utf8), as: .syslog)
    _ = lane.take(Array("<13>1 - h a p m \(Self.text(9_000, "[i p=\"\"]")) text".utf8.prefix(65_507)), as: .syslog)
    _ = lane.take(Array("<13>1 - h a p m - ".utf8) + Array(repeating: 0x01, count: 65_000), as: .syslog)
    let scopes = Self.text(2_400, "\u{1}")
    let endpoint = "<EndpointReference><Address>urn:uuid:1</Address></EndpointReference>"
    let match = "<ProbeMatch>\(endpoint)<Scopes>\(scopes)</Scopes></ProbeMatch>"
    let action = "http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches"
    let soap =
      "<Envelope><Header><Action>\(action)</Action></Header>"
      + "<Body>\(String(repeating: match, count: 12))</Body></Envelope>"
    _ = lane.take(Array(soap.utf8), as: .wsd)
  }

  @Test func notifications() {
    var lane = Lane()
    func tlv(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
      [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 255)] + content
    }
    for (count, length) in [(256, 200), (255, 0), (3_000, 3), (20, 3_000), (1, 60_000)] {
      let identity = tlv(0x30, tlv(6, [0x2B, 6, 1, 6, 3, 1, 1, 4, 1, 0]) + tlv(6, [0x2B, 6, 1, 6, 3, 1, 1, 5, 3]))
      var bindings = identity
      for index in 1..<max(2, count) {
        let name = tlv(6, [0x2B, 6, 1, 4, UInt8(index & 127)])
        bindings += tlv(0x30, name + tlv(4, Array(repeating: 1, count: length)))
      }
      if bindings.count > 65_000 { continue }
      let pdu = tlv(0xA7, tlv(2, [1]) + tlv(2, [0]) + tlv(2, [0]) + tlv(0x30, bindings))
      let (_, counts) = lane.take(tlv(0x30, tlv(2, [1]) + tlv(4, Array("public".utf8)) + pdu), as: .snmp)
      // With the first bindings of many.
      #expect(counts.events == 1, "\(count) bindings of \(length)")
    }
  }
}
