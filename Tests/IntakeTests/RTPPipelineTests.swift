import Primitives
import Registry
import Sys
import Telemetry
import Testing

@testable import Intake
@testable import Protocols

/// Streams through a lane's pipeline, by a clock of the test's.
@Suite struct RTPPipelineTests {
  /// A lane with RTP listeners.
  struct Lane: ~Copyable {
    var pipeline: LanePipeline
    let batch: Batch
    let tally: RTPTally
    var nanos = UnixNanos(1_795_186_800) * Nanos.perSecond

    init(listenerCount: Int = 1) {
      let listeners = (0..<listenerCount).map { number in
        ListenerSettings(
          name: "cameras\(number)", telemetryProtocol: .rtp,
          address: SocketAddress(SourceAddress(ipv4: 0x7F00_0001, port: UInt16(20_004 + number))))
      }
      tally = listeners[0].rtp.tally
      batch = Batch(listenerCount: listenerCount)
      pipeline = LanePipeline(
        listeners: listeners,
        bounds: TimeBounds(futureNanos: Nanos.perDay, readingsAgeNanos: nil, eventsAgeNanos: nil),
        admission: Admission(registry: .empty, knownOnly: false), seed: 7, keepsTotals: true)
      pipeline.begin(batch, segment: 1)
    }

    /// Sends a packet of that source, a picture each, and lets 40 ms pass.
    mutating func send(
      _ sequence: Int, ssrc: UInt32, isGuessed: Bool = false, listener: Int = 0, millis: Int64 = 40
    ) {
      var bytes: [UInt8] = [0x80, 96]
      bytes += [UInt8(sequence >> 8 & 255), UInt8(sequence & 255)]
      for word in [UInt32(truncatingIfNeeded: sequence * 3_600), ssrc] {
        bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
      }
      bytes += Array(repeating: 0x5A, count: 100 + sequence % 7)
      writeDue()
      var arrival = LanePipeline.Arrival(
        listener: listener, source: SourceAddress(ipv4: 0x0A00_0001, port: 5_000),
        destination: SourceAddress(high: 0, low: 0, port: UInt16(20_004 + listener)), nanos: nanos,
        monotonicNanos: nanos)
      arrival.isGuessed = isGuessed
      _ = pipeline.take(bytes.span.bytes, arrival)
      nanos += millis * Nanos.perMillisecond
    }

    mutating func writeDue() {
      while pipeline.tick(nanos, monotonicNanos: nanos) {}
    }

    var rows: UInt64 { batch.counts[0].rows }
    var events: UInt64 { batch.counts[0].events }
  }

  @Test func aRowASecond() {
    var lane = Lane()
    for number in 0..<100 { lane.send(number, ssrc: 1) }
    lane.writeDue()
    #expect(lane.rows == 4 && lane.events == 0)
    #expect(lane.batch.counts[0].decoded == 100)
    let total = lane.pipeline.protocols.rtp.endpoint.allTotals()
    #expect(total.count == 1 && total[0].packets == 100 && total[0].frames == 100 && total[0].lost == 0)
    #expect(total[0].clockRate == 90_000 && total[0].isClockEstimated)
  }

  /// Silence has rows for a minute; a month of it costs nothing, with and without streams that are still known.
  @Test func longSilence() {
    var lane = Lane()
    for number in 0..<50 { lane.send(number, ssrc: 1) }
    lane.nanos += 30 * Nanos.perDay
    lane.writeDue()
    #expect((60...64).contains(lane.rows) && lane.events == 1)
    let rows = lane.rows
    lane.nanos += 30 * Nanos.perDay
    for number in 0..<50 { lane.send(number, ssrc: 2) }
    lane.writeDue()
    #expect(lane.rows == rows + 2)
  }

  /// A device whose streams come by two listeners is silent when both are, and comes back once.
  @Test func silenceIsTheDevicesByWhicheverListener() {
    var lane = Lane(listenerCount: 2)
    for number in 0..<250 {
      lane.send(number, ssrc: 1, millis: 20)
      lane.send(number, ssrc: 2, listener: 1, millis: 20)
    }
    for number in 250..<750 { lane.send(number, ssrc: 2, listener: 1) }
    lane.writeDue()
    #expect(lane.batch.counts[0].events + lane.batch.counts[1].events == 0)
    lane.nanos += 10 * Nanos.perSecond
    lane.writeDue()
    #expect(lane.batch.counts[0].events + lane.batch.counts[1].events == 1)
    for number in 250..<350 { lane.send(number, ssrc: 1) }
    lane.writeDue()
    #expect(lane.batch.counts[0].events + lane.batch.counts[1].events == 2)
  }

  @Test func oneStrayPacketIsNoStream() {
    var lane = Lane()
    for number in 0..<20 { lane.send(0, ssrc: UInt32(number), isGuessed: true) }
    lane.nanos += 5 * Nanos.perSecond
    lane.writeDue()
    #expect(lane.rows == 0)
    #expect(lane.batch.counts[0].rejected[Int(RejectReason.rtpUnconfirmed.rawValue)] == 20)
    lane.send(1, ssrc: 3, isGuessed: true)
    #expect(lane.pipeline.protocols.rtp.endpoint.allTotals().first?.packets == 2)
  }

  /// Streams that send in turn, a multiple of the candidates' places, are all followed.
  @Test func streamsInTurn() {
    var lane = Lane()
    for number in 0..<12 {
      for ssrc in 0..<UInt32(4_000) { lane.send(number, ssrc: ssrc, millis: 0) }
      lane.nanos += 40 * Nanos.perMillisecond
    }
    #expect(lane.pipeline.protocols.rtp.endpoint.allTotals().count == 4_000)
  }

  /// More streams than are followed: those that were silent the longest leave, the newest stay.
  @Test func tooManyStreams() {
    var lane = Lane()
    let count = Limits.rtpStreams + 1_000
    for ssrc in 0..<UInt32(count) {
      lane.send(1, ssrc: ssrc, millis: 0)
      lane.send(2, ssrc: ssrc, millis: 0)
      lane.nanos += 10 * Nanos.perMicrosecond
    }
    // Every one is told of, those that left and those that are there.
    #expect(lane.pipeline.protocols.rtp.endpoint.allTotals().count == count)
    #expect(lane.tally.evicted >= 1_000 && lane.tally.evicted < 3_000)
  }

  /// A goodbye ends the streams of who says it, whatever the port, and no other's; few of one datagram are told.
  @Test func goodbyes() {
    var lane = Lane()
    for number in 0..<100 { lane.send(number, ssrc: 1) }
    func control(_ bytes: [UInt8], from host: UInt32, _ lane: inout Lane) {
      let arrival = LanePipeline.Arrival(
        listener: 0, source: SourceAddress(ipv4: host, port: 5_001),
        destination: SourceAddress(high: 0, low: 0, port: 20_004), nanos: lane.nanos, monotonicNanos: lane.nanos)
      _ = lane.pipeline.take(bytes.span.bytes, arrival)
    }
    let goodbye: [UInt8] = [0x81, 203, 0, 1, 0, 0, 0, 1]
    func silences(after host: UInt32) -> UInt64 {
      var lane = Lane()
      for number in 0..<100 { lane.send(number, ssrc: 1) }
      control(goodbye, from: host, &lane)
      let events = lane.events
      lane.nanos += 40 * Nanos.perSecond
      lane.writeDue()
      return lane.events - events
    }
    #expect(silences(after: 0x0A00_0001) == 0, "it said so itself")
    #expect(silences(after: 0x0A00_0002) == 1, "another said so")
    let events = lane.events
    var many: [UInt8] = []
    for packet in 0..<500 {
      many += [0x9F, 203, 0, 31]
      for index in 0..<31 {
        let number = packet * 31 + index
        many += [0, 1, UInt8(number >> 8), UInt8(number & 255)]
      }
    }
    control(many, from: 0x0A00_0001, &lane)
    #expect(lane.events == events + UInt64(Limits.rtcpGoodbyes))
    let refused = lane.batch.counts[0].rejectedRows[Int(RejectReason.tooManyRows.rawValue)]
    #expect(refused == 15_500 - UInt64(Limits.rtcpGoodbyes))
  }

  /// Streams of one number from many ports: a word of RTCP looks at a few of them, and streams that left are found no more.
  @Test func streamsByNumberAndSender() {
    var table = StreamTable(seed: 5)
    func stream(_ ssrc: UInt32, host: UInt32, port: UInt16, arrival: UnixNanos) -> RTPStream {
      let key = StreamKey(
        ssrc: ssrc, source: SourceAddress(ipv4: host, port: port),
        destination: SourceAddress(high: 0, low: 0, port: 20_004))
      return RTPStream(
        key, hash: key.hash(seed: 5), listener: 0, packet: RTPPacket(), arrival: arrival, format: nil)
    }
    for port in 1...1_000 { _ = table.insert(stream(7, host: 1, port: UInt16(port), arrival: Int64(port))) }
    let other = table.insert(stream(7, host: 2, port: 9, arrival: 5_000))
    _ = table.insert(stream(8, host: 1, port: 9, arrival: 5_000))
    let own = SourceAddress(ipv4: 2, port: 1)
    #expect(table.nextStream(7, of: own, behind: -1) == other && table.nextStream(7, of: own, behind: other) == -1)
    #expect(table.anyStream(7, from: own) == other && table.anyStream(9, from: own) == -1)
    #expect(table.anyStream(8, from: own) >= 0)
    var seen = 0
    var slot = table.nextStream(7, of: SourceAddress(ipv4: 1, port: 0), behind: -1)
    while slot >= 0 {
      seen += 1
      slot = table.nextStream(7, of: SourceAddress(ipv4: 1, port: 0), behind: slot)
    }
    #expect(seen == 1_000)
    table.remove(before: 4_000) { _ in }
    #expect(table.count == 2 && table.nextStream(7, of: SourceAddress(ipv4: 1, port: 0), behind: -1) == -1)
    #expect(table.streams[table.anyStream(7, from: own)].key.source.ipv4 == 2)
  }

  /// A flood of invented streams from one address takes the places of its own.
  @Test func aFloodOfStreamsLeavesOthers() {
    var table = StreamTable(seed: 5)
    func stream(_ ssrc: UInt32, host: UInt32, arrival: UnixNanos) -> RTPStream {
      let key = StreamKey(
        ssrc: ssrc, source: SourceAddress(ipv4: host, port: 9),
        destination: SourceAddress(high: 0, low: 0, port: 20_004))
      return RTPStream(key, hash: key.hash(seed: 5), listener: 0, packet: RTPPacket(), arrival: arrival, format: nil)
    }
    for number in 0..<100 { _ = table.insert(stream(UInt32(number), host: 1, arrival: 1)) }
    while !table.isFull { _ = table.insert(stream(UInt32(table.count), host: 2, arrival: 1_000)) }
    let least = table.leastRecent()
    #expect(least.source == SourceAddress(ipv4: 2, port: 0))
    table.remove(before: least.limit, of: least.source) { #expect($0.key.source.ipv4 == 2) }
    #expect((0..<table.count).count { table.streams[$0].key.source.ipv4 == 1 } == 100)
  }
}
