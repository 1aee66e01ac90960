import Primitives
import Registry
import Telemetry
import Testing

@testable import Protocols

/// What devices' own times say of their clocks, by the minute.
@Suite struct DeviceClockTests {
  private static let minute = UnixNanos(1_795_186_800) * Nanos.perSecond
  private static let source = SourceAddress(ipv4: 0x0A00_0001, port: 5_000)

  private static func at(_ second: Int64) -> UnixNanos { minute + second * Nanos.perSecond }

  @Test func aMinuteHasItsMedian() {
    let clocks = DeviceClocks()
    #expect(!clocks.isDue(.max - 1) && clocks.takeDue(.max - 1) == nil)
    for (second, ahead) in [(1, 900), (2, -5), (3, 7), (59, 8)] as [(Int64, Int64)] {
      clocks.note("a", aheadNanos: ahead, source: Self.source, at: Self.at(second))
    }
    clocks.note("b", aheadNanos: -3, source: Self.source, at: Self.at(59))
    #expect(!clocks.isDue(Self.at(60)) && clocks.isDue(Self.at(61)))
    let first = clocks.takeDue(Self.at(61))
    #expect(
      first
        == DeviceClocks.Minute(
          device: "a", medianNanos: 7, messages: 4, source: Self.source.withoutPort, last: Self.at(59)))
    #expect(clocks.takeDue(Self.at(61))?.device == "b")
    #expect(clocks.takeDue(Self.at(61)) == nil && !clocks.isDue(Self.at(600)))
    // The next minute knows nothing of the one before; of many messages the newest count.
    for second in 0..<20 {
      clocks.note("a", aheadNanos: second < 10 ? 1_000 : -2, source: Self.source, at: Self.at(120))
    }
    let next = clocks.takeDue(Self.at(181))
    #expect(next?.medianNanos == -2 && next?.messages == 20)
  }

  @Test func aClockThatWasPutBackHoldsNothingUp() {
    let clocks = DeviceClocks()
    clocks.note("a", aheadNanos: 1, source: Self.source, at: Self.at(0))
    #expect(!clocks.isDue(Self.at(-30)) && clocks.isDue(Self.at(-3_600)))
    #expect(clocks.takeDue(Self.at(-3_600))?.device == "a")
  }

  /// An engine tells for how long it is on: what it went further than we did.
  @Test func anEngineDriftsFromItsOwnTime() {
    let clocks = DeviceClocks()
    func note(boots: Int64 = 1, _ seconds: Int64, at second: Int64) {
      clocks.note(
        "a", boots: boots, seconds: seconds, monotonicNanos: second * Nanos.perSecond, source: Self.source,
        at: Self.at(second))
    }
    note(100, at: 0)
    #expect(!clocks.isDue(Self.at(600)), "one message alone says nothing")
    note(105, at: 2)
    #expect(clocks.takeDue(Self.at(61))?.medianNanos == 3 * Nanos.perSecond)
    note(160, at: 62)
    #expect(clocks.takeDue(Self.at(121))?.medianNanos == -2 * Nanos.perSecond)
    // Another start is another time, and an hour later another base.
    note(boots: 2, 5, at: 130)
    note(boots: 2, 5 + 3_610, at: 130 + 3_600)
    #expect(clocks.takeDue(Self.at(3_900))?.medianNanos == 10 * Nanos.perSecond)
    note(boots: 2, 5 + 3_620, at: 130 + 3_610)
    #expect(clocks.takeDue(Self.at(3_960))?.medianNanos == 0)
    note(boots: 2, .max, at: 130 + 3_620)
    #expect(clocks.takeDue(Self.at(4_000)) == nil, "what cannot be said is none")
  }

  @Test func devicesAreBounded() {
    let clocks = DeviceClocks()
    for number in 0..<Limits.deviceClocks {
      clocks.note("d\(number)", aheadNanos: 1, source: Self.source, at: Self.at(1))
    }
    clocks.note("late", aheadNanos: 1, source: Self.source, at: Self.at(2))
    clocks.note("d7", aheadNanos: 1, source: Self.source, at: Self.at(2))
    #expect(clocks.leftOut == 1)
    var taken = 0
    while clocks.takeDue(Self.at(61)) != nil { taken += 1 }
    #expect(taken == Limits.deviceClocks)
    // Bases are forgotten, of those that are silent the longest.
    for number in 0..<Limits.deviceClocks + 1 {
      clocks.note("e\(number)", boots: 1, seconds: 5, monotonicNanos: 0, source: Self.source, at: Self.at(70))
    }
    #expect(clocks.leftOut == 1)
  }

  @Test func aLaneHandsOverAFewAMinute() {
    let clocks = DeviceClocks()
    var watch = ClockWatch([nil, clocks])
    func wanted(_ watch: inout ClockWatch, _ sender: UInt64, _ count: Int, at second: Int64) -> Int {
      (0..<count).filter { _ in watch.wants(sender, at: Self.at(second)) }.count
    }
    expect(wanted(&watch, 5 << 32, 100, at: 0) == Int(Limits.clockSamplesPerLane))
    expect(wanted(&watch, 5 << 32, 100, at: 59) == 0)
    expect(wanted(&watch, 6 << 32, 100, at: 59) == Int(Limits.clockSamplesPerLane))
    expect(wanted(&watch, 5 << 32, 100, at: 60) == Int(Limits.clockSamplesPerLane))
    let many = (0..<UInt64(10_000)).filter { watch.wants($0 << 32 | 1, at: Self.at(70)) }.count
    #expect(many == Limits.clockSamplesPerSecond)
    expect(watch.clocks(of: 0) == nil && watch.clocks(of: 1) === clocks)
    // Its row is of the listener, the address and the time of the last message.
    var out = DecodedDatagram()
    expect(watch.tick(Self.at(600), by: "syslog", .offset, into: &out) == nil)
    clocks.note("cam-1", aheadNanos: 1_234_567, source: Self.source, at: Self.at(5) + 7)
    let isDue = watch.isDue(Self.at(61))
    let due = watch.tick(Self.at(61), by: "syslog", .offset, into: &out)
    #expect(isDue && due?.listener == 1 && due?.endNanos == Self.at(5) + 7 && due?.source?.ipv4 == 0x0A00_0001)
    let key = SeriesKey(canonicalBytes: out.text(out.rows[0].key, of: RawSpan()))
    let time = out.rows[0].timeNanos
    #expect(key?.device == "cam-1" && key?.measurement == "device_clock" && key?.tags.map(\.value) == ["syslog"])
    #expect(time == Self.at(5))
    let value = DecimalNumber.double(tag: out.fields[0].tag, payload: out.fields[0].payload)
    #expect(value == 1.235)
    let isOff = ClockWatch([]).isDue(.max)
    #expect(!isOff)
    let row = ClockRow(device: .empty, by: "ntp", messages: 1)
    expect(!row.append(.drift, nanos: nil, timeNanos: nil, to: &out))
  }

  // MARK: by the pipeline

  private static func pipeline(
    _ listeners: [ListenerSettings], registry: DeviceRegistry = .empty, keepsTotals: Bool = false
  ) -> LanePipeline {
    LanePipeline(
      listeners: listeners, bounds: TimeBounds(futureNanos: Nanos.perDay, readingsAgeNanos: nil, eventsAgeNanos: nil),
      admission: Admission(registry: registry, knownOnly: false), seed: 5, keepsTotals: keepsTotals)
  }

  /// Rows that are no events, once the minutes are over.
  private static func rows(_ pipeline: inout LanePipeline, _ batch: Batch, at now: UnixNanos) -> UInt64 {
    let before = batch.counts[0].rows
    while pipeline.tick(now, monotonicNanos: now) {}
    return batch.counts[0].rows - before
  }

  /// Messages of both forms say how their sender's clock is; events stay what they are.
  @Test func syslogSendersHaveTheirMinute() {
    for keepsTotals in [false, true] {
      let listener = ListenerSettings(.syslog)
      var pipeline = Self.pipeline([listener], keepsTotals: keepsTotals)
      let batch = Batch(listenerCount: 1)
      pipeline.begin(batch, segment: 1)
      for (number, text) in [
        "<13>1 2026-11-20T15:00:05.250Z gw-1 app - - - x", "<13>Nov 20 15:00:03 gw-2 app: x",
        "<13>1 - gw-3 app - - - x",
        "no time at all", "<13>1 1970-01-01T00:00:05Z gw-4 app - - - x",
      ].enumerated() {
        let arrival = LanePipeline.Arrival(
          listener: 0, source: SourceAddress(ipv4: 0x0A00_0001 + UInt32(number), port: 5),
          destination: SourceAddress(high: 0, low: 0, port: 9), nanos: Self.at(4), monotonicNanos: 5)
        _ = pipeline.take(Array(text.utf8).span.bytes, arrival)
      }
      #expect(batch.counts[0].events == 5 && batch.counts[0].rows == 0)
      let early = Self.rows(&pipeline, batch, at: Self.at(30))
      let due = Self.rows(&pipeline, batch, at: Self.at(61))
      #expect(early == 0 && due == (keepsTotals ? 0 : 3))
      #expect(batch.counts[0].events == 5)
    }
  }

  @Test func aSyslogRowIsOfItsDevice() {
    let listener = ListenerSettings(.syslog)
    let registry = DeviceRegistry(devices: [
      Device(
        id: "cam-7", deviceClass: "camera", area: "", addresses: [SourceAddress(ipv4: 0x0A00_0009, port: 0)])
    ])
    let setup = LaneSetup(
      listeners: [listener],
      bounds: TimeBounds(futureNanos: Nanos.perDay, readingsAgeNanos: nil, eventsAgeNanos: nil), seed: 5,
      keepsTotals: false)
    var lane = SyslogLane(setup)
    var out = DecodedDatagram()
    var replies = ReplyBuffer()
    for second: Int64 in [1, 2, 3] {
      out.reset()
      let bytes = Array("<13>1 2026-11-20T15:00:0\(second)+00:00 anything app - - - x".utf8)
      let arrival = LanePipeline.Arrival(
        listener: 0, source: SourceAddress(ipv4: 0x0A00_0009, port: 5),
        destination: SourceAddress(high: 0, low: 0, port: 9), nanos: Self.at(3), monotonicNanos: 5)
      _ = lane.receive(
        bytes.span.bytes, arrival, Admission(registry: registry, knownOnly: true), into: &out, &replies)
    }
    #expect(
      listener.syslog.clocks.takeDue(Self.at(61))
        == DeviceClocks.Minute(
          device: "cam-7", medianNanos: -Nanos.perSecond, messages: 3,
          source: SourceAddress(ipv4: 0x0A00_0009, port: 0), last: Self.at(3)))
  }

  // MARK: cameras

  @Test func aSendersClockIsTheMedianOfAMinute() {
    var clock = SenderClock()
    func take(_ clock: inout SenderClock, ahead: Int64, at second: Int64) -> Int64? {
      clock.take(NTPTime(nanos: Self.at(second) + ahead * Nanos.perMillisecond), arrival: Self.at(second))
        .map { ($0 + 500_000) / Nanos.perMillisecond }
    }
    #expect(take(&clock, ahead: 500, at: 0) == 500)
    #expect(take(&clock, ahead: 90_000, at: 5) == 500, "of two the nearer one")
    #expect(take(&clock, ahead: 510, at: 10) == 510)
    #expect(take(&clock, ahead: 3_000, at: 71) == 3_000, "those before are over")
    #expect(clock.take(NTPTime(seconds: 0, fraction: 0), arrival: Self.at(72)) == nil)
    #expect(clock.take(NTPTime(seconds: 5_000, fraction: 7), arrival: Self.at(72)) == nil, "it is on for so long")
    for second: Int64 in 100..<130 { _ = take(&clock, ahead: second, at: second) }
    #expect(take(&clock, ahead: 131, at: 131) == 124, "the newest twelve stand for the minute")
    // After the clock was put back what was before is of another time.
    #expect(take(&clock, ahead: 7, at: -3_600) == 7)
  }

  /// The field stands where a report tells the time, and only there.
  @Test func aSenderReportTellsTheClock() {
    func report(_ time: NTPTime) -> [UInt8] {
      var octets: [UInt8] = [0x80, 200, 0, 6]
      for word in [7, time.seconds, time.fraction, 1, 2, 3] as [UInt32] {
        for shift: UInt32 in [24, 16, 8, 0] { octets.append(UInt8(truncatingIfNeeded: word >> shift)) }
      }
      return octets
    }
    var lane = RTPLane(
      LaneSetup(
        listeners: [ListenerSettings(.rtp)],
        bounds: TimeBounds(futureNanos: Nanos.perDay, readingsAgeNanos: nil, eventsAgeNanos: nil), seed: 5,
        keepsTotals: false))
    func offset(_ lane: inout RTPLane, _ time: NTPTime, source: UInt32 = 1) -> Double? {
      var out = DecodedDatagram()
      let bytes = report(time)
      let arrival = LanePipeline.Arrival(
        listener: 0, source: SourceAddress(ipv4: source, port: 5),
        destination: SourceAddress(high: 0, low: 0, port: 9), nanos: Self.at(3), monotonicNanos: 5)
      let verdict = lane.receiveControl(
        bytes.span.bytes, arrival, Admission(registry: .empty, knownOnly: false), into: &out)
      let count = out.rows.count
      #expect(verdict == .decoded && count == 1)
      for index in 0..<out.fields.count {
        let field = out.fields[index]
        let name = out.text(field.name, of: bytes.span.bytes)
          .withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        if name == "clock_offset_ms" { return DecimalNumber.double(tag: field.tag, payload: field.payload) }
      }
      return nil
    }
    #expect(offset(&lane, NTPTime(nanos: Self.at(3) - 1_500 * Nanos.perMillisecond)) == -1_500)
    #expect(offset(&lane, NTPTime(seconds: 0, fraction: 0)) == nil)
    // Another address of the same number is another sender, and both are remembered beside each other.
    #expect(offset(&lane, NTPTime(nanos: Self.at(3 + 86_400)), source: 2) == 86_400_000)
    #expect(offset(&lane, NTPTime(nanos: Self.at(3) - 100 * Nanos.perMillisecond)) == -100)
    #expect(offset(&lane, NTPTime(nanos: Self.at(3) - 200 * Nanos.perMillisecond)) == -200)
    #expect(offset(&lane, NTPTime(nanos: Self.at(3 + 86_401)), source: 2) == 86_400_000)
    #expect(offset(&lane, NTPTime(seconds: 2_208_988_800 + 946_684_800, fraction: 0)) == -200, "one wrong word of many")
  }
}
