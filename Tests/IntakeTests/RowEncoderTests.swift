import Primitives
import Registry
import Telemetry
import Testing

@testable import Protocols

/// Rows to records: what is written, what is refused by name, what is shed, and what each segment defines anew.
@Suite struct RowEncoderTests {
  @Test func fromWhereADeviceComesIsNotedWhenItChanges() {
    let heard = DeviceSenders()
    var encoder = Encoder(Admission(registry: .empty, knownOnly: false, heard: heard))
    _ = encoder.take("m,device=d1 v=1i\n")
    #expect(heard.sender(of: "d1")?.source.addressText == "10.0.0.1" && heard.sender(of: "d1")?.listener == "line")
    encoder.source = SourceAddress(ipv4: 0x0A00_0002, port: 9)
    _ = encoder.take("m,device=d1 v=2i\n")
    // It costs nothing by the row: with the next segment it is looked at again.
    #expect(heard.sender(of: "d1")?.source.addressText == "10.0.0.1")
    _ = encoder.turn(to: 2)
    _ = encoder.take("m,device=d1 v=3i\n")
    #expect(heard.sender(of: "d1")?.source.addressText == "10.0.0.2" && heard.sender(of: "d2") == nil)
    for number in 0...Limits.deviceSenders {
      heard.note("x\(number)", source: encoder.source, listener: "l", at: 6_000_000_000)
    }
    #expect(heard.sender(of: "d1") == nil && heard.sender(of: "x\(Limits.deviceSenders)") != nil)
  }

  /// An encoder behind the decoder of lines.
  private struct Encoder: ~Copyable {
    var rows: RowEncoder
    var decoded = DecodedDatagram()
    let batch = Batch(listenerCount: 1)
    var source = SourceAddress(ipv4: 0x0A00_0001, port: 9)
    var clock = ClockBounds(oldestNanos: 0, newestNanos: .max)
    var oldestNanos = UnixNanos.min

    init(_ admission: Admission = Admission(registry: .empty, knownOnly: false)) {
      rows = RowEncoder(admission: admission, deviceTags: [nil], listeners: ["line"], seed: 1)
      batch.segment = 1
      _ = rows.turn(to: 1)
    }

    mutating func take(_ text: String) -> RowEncoder.Written {
      let bytes = Array(text.utf8)
      decoded.reset()
      let verdict = LineProtocolDecoder.decode(bytes.span.bytes, precision: .nanoseconds, into: &decoded)
      #expect(verdict == .decoded)
      let origin = RowEncoder.Origin(
        listener: 0, source: source, arrival: ArrivalTime(nanos: 5_000_000_000), oldestNanos: oldestNanos,
        clock: clock)
      return rows.encode(decoded, of: bytes.span.bytes, from: origin, into: batch)
    }

    /// Turns to another segment, as the lane does with a new batch.
    mutating func turn(to segment: UInt64) -> Bool {
      batch.reset()
      batch.segment = segment
      return rows.turn(to: segment)
    }

    /// The kinds of records in the batch: s, l and r.
    var kinds: String {
      let bytes = batch.records.withUnsafeBytes { Array($0) }
      let span = bytes.span.bytes
      var reader = RecordReader()
      var kinds = ""
      var fieldCounts: [Int: Int] = [:]
      while let kind = reader.next(span) {
        switch kind {
        case .origin: _ = reader.origin(span)
        case .series:
          _ = (reader.number(span), reader.text(span))
          kinds += "s"
        case .layout:
          let number = reader.number(span)
          let count = reader.number(span)
          for _ in 0..<count { _ = (reader.text(span), reader.text(span)) }
          fieldCounts[number] = count
          kinds += "l"
        default:
          _ = reader.number(span)
          let layout = reader.number(span)
          _ = reader.time(span, kind: kind, arrival: ArrivalTime(nanos: 5_000_000_000))
          for _ in 0..<(fieldCounts[layout] ?? 0) { _ = reader.value(span) }
          kinds += "r"
        }
      }
      return reader.isDamaged ? "damaged" : kinds
    }

    var counts: LedgerCounts { batch.counts[0] }
    func rejectedRows(_ reason: RejectReason) -> UInt64 { batch.counts[0].rejectedRows[Int(reason.rawValue)] }
    func shed(_ reason: ShedReason) -> UInt64 { batch.counts[0].shed[Int(reason.rawValue)] }
  }

  @Test func definitionsStandBeforeTheirFirstUseInEachSegment() {
    var encoder = Encoder()
    let first = encoder.take("rain,device=a v=1 1\nrain,device=b v=2 1\nrain,device=a v=3 2\nrain,device=a v=3,w=4 3")
    let (kinds, counts) = (encoder.kinds, encoder.counts)
    #expect(first == .some && kinds == "slrsrrlr")
    #expect(counts.rows == 4 && counts.readings == 5 && encoder.batch.rowCounts == [4])
    // Once more what journals keep in a frame of their own.
    let definitions = encoder.batch.definitions.byteCount
    #expect(definitions > 0)
    encoder.batch.reset()
    _ = encoder.take("rain,device=a v=4 4")
    let isDefinedOnce = encoder.batch.definitions.byteCount == 0 && encoder.batch.records.byteCount > 0
    #expect(isDefinedOnce)
    let isForgotten = encoder.turn(to: 2)
    _ = encoder.take("rain,device=a v=4 4")
    let anew = encoder.kinds
    let count = encoder.rows.seriesCount
    #expect(!isForgotten && anew == "slr" && count == 2)
  }

  @Test func oneSeriesInTwoSpellingsIsTwoEntriesOfOneKey() {
    var encoder = Encoder()
    _ = encoder.take("rain,device=a,x=1,y=2 v=1 1\nrain,y=2,x=1,device=a v=1 2")
    let count = encoder.rows.seriesCount
    let kinds = encoder.kinds
    #expect(count == 2 && kinds == "slrsr")
  }

  @Test func timesThatAreNotBelievedAreTheArrivals() {
    var encoder = Encoder()
    encoder.clock = ClockBounds(oldestNanos: 100, newestNanos: 200)
    _ = encoder.take("rain,device=a v=1 99\nrain,device=a v=1 201\nrain,device=a v=1 150\nrain,device=a v=1")
    let counts = encoder.counts
    #expect(counts.clockBehind == 1 && counts.clockAhead == 1 && counts.rows == 4)
  }

  @Test func whatIsOlderThanItsTableKeepsIsRefused() {
    var encoder = Encoder()
    encoder.oldestNanos = 1_000
    let written = encoder.take("rain,device=a v=1 999")
    let expired = encoder.rejectedRows(.expired)
    let rows = encoder.counts.rows
    #expect(written == .refused(.expired) && expired == 1 && rows == 0)
    let mixed = encoder.take("rain,device=a v=1 999\nrain,device=a v=1 1000")
    #expect(mixed == .some)
  }

  @Test func namesOfOurOwnAndNamesThatAreNoneAreRefused() {
    var encoder = Encoder()
    let reserved = encoder.take("device_ledger,device=a v=1 1")
    let control = encoder.take("rain,device=a\u{7F}b v=1 1")
    #expect(reserved == .refused(.reservedName) && control == .refused(.badName))
    let rows = encoder.counts.rows
    #expect(rows == 0)
    // The node itself may.
    encoder.source = SourceAddress(high: 0, low: 0, port: 0)
    let own = encoder.take("device_ledger,device=a v=1 1")
    #expect(own == .some)
  }

  @Test func devicesThatAreNotAdmittedAreRefusedByName() throws {
    let registry = try DeviceRegistry.load(devices: Array("id,class\ncam-1,camera\n".utf8))
    var encoder = Encoder(Admission(registry: registry, knownOnly: true))
    let known = encoder.take("rain,device=cam-1 v=1 1")
    let unknown = encoder.take("rain,device=cam-2 v=1 1")
    let name = encoder.rows.refusedDevice
    #expect(known == .some && unknown == .refused(.unknownDevice) && name == "cam-2")
    // Whom the registry lost is refused from its next new series on.
    encoder.rows.admit(by: Admission(registry: .empty, knownOnly: true))
    let still = encoder.take("rain,device=cam-1 v=1 2")
    let new = encoder.take("wind,device=cam-1 v=1 2")
    #expect(still == .some && new == .refused(.unknownDevice))
  }

  @Test func nothingIsTakenWhereMemoryIsFullOrTheTableIsClosed() {
    let quota = TableQuota()
    var encoder = Encoder(Admission(registry: .empty, knownOnly: false, quota: quota))
    _ = encoder.take("rain,device=a v=1 1")
    quota.setFull(true)
    let full = encoder.take("rain,device=a v=1 2\nwind,device=a v=1 2")
    quota.setFull(false)
    quota.close([(kind: .readings, measurement: "rain")])
    let closed = encoder.take("rain,device=a v=1 3\nwind,device=a v=1 3")
    let shed = encoder.shed(.unsealedLimit)
    quota.close([])
    let open = encoder.take("rain,device=a v=1 4")
    #expect(full == .full && closed == .full && shed == 3 && open == .some)
    let counts = encoder.counts
    #expect(counts.rows == 6 && encoder.batch.rowCounts == [3])
  }

  @Test func strangersFindNoMoreColumnsThanThereAre() {
    var encoder = Encoder()
    var written: [RowEncoder.Written] = []
    for round in 0..<5 {
      let fields = (0..<1_000).map { "f\(round)x\($0)=1" }.joined(separator: ",")
      written.append(encoder.take("rain,device=a \(fields) \(round)"))
    }
    let shed = encoder.shed(.tableLimit)
    #expect(written.first == .some && written.last == .full && shed >= 3)
    // What is there already goes on.
    let known = encoder.take("rain,device=a f0x1=2 9")
    #expect(known == .some)
  }

  @Test func aRegistryThatReadsURNsOtherwiseBeginsAnew() throws {
    let registry = try DeviceRegistry.load(
      devices: Array("id,class,addresses\ncam-1,camera,urn:dev:mac:0024befffe80aa04\n".utf8))
    var encoder = Encoder()
    _ = encoder.take("rain,device=a v=1 1")
    encoder.rows.admit(by: Admission(registry: registry, knownOnly: false))
    let isForgotten = encoder.turn(to: 2)
    let count = encoder.rows.seriesCount
    let isTwice = encoder.turn(to: 2)
    #expect(isForgotten && count == 0 && !isTwice)
  }
}
