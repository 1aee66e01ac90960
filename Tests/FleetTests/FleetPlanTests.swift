import Primitives
import Testing

@testable import Fleet

struct FleetPlanTests {
  private static let start: UnixNanos = 1_795_176_000 * Nanos.perSecond

  private static func settings(
    _ transports: Set<FleetTransport>, _ change: (inout FleetSettings) -> Void = { _ in }
  )
    -> FleetSettings
  {
    var settings = FleetSettings()
    settings.seed = 11
    settings.transports = transports
    settings.start = start
    change(&settings)
    return settings
  }

  /// The first `count` datagrams and then what was held back.
  private static func run(
    devices: Int, _ settings: FleetSettings, count: Int, grouping: FleetTally.Grouping = .device
  ) throws -> (bytes: [[UInt8]], datagrams: [FleetDatagram], tally: FleetTally) {
    var plan = try FleetPlan(devices: FleetDevice.fleet(count: devices), settings: settings, grouping: grouping)
    var buffer = DatagramBuffer(byteCount: 2 * FleetPlan.datagramBytes, datagrams: 1)
    var bytes: [[UInt8]] = []
    var datagrams: [FleetDatagram] = []
    func take(_ datagram: FleetDatagram) {
      datagrams.append(datagram)
      bytes.append(buffer.datagram(0))
      buffer.removeAll()
    }
    for _ in 0..<count {
      let datagram: FleetDatagram = plan.next(into: &buffer)
      take(datagram)
    }
    while let datagram = plan.flush(into: &buffer) { take(datagram) }
    return (bytes, datagrams, plan.tally)
  }

  @Test func isDecidedByItsSeed() throws {
    let settings = Self.settings([.line, .coap, .syslog]) {
      $0.jitterMillis = 15
      $0.lateShare = 0.05
      $0.doubleShare = 0.05
      $0.linesPerDatagram = 4
      $0.sources = 3
    }
    let first = try Self.run(devices: 100, settings, count: 800)
    let second = try Self.run(devices: 100, settings, count: 800)
    #expect(first.bytes == second.bytes)
    #expect(first.datagrams == second.datagrams)
    #expect(first.tally.json(stepsNanos: [Nanos.perMinute]) == second.tally.json(stepsNanos: [Nanos.perMinute]))
    var other = settings
    other.seed = 12
    #expect(try Self.run(devices: 100, other, count: 800).bytes != first.bytes)
  }

  /// Every row that an independent reader finds in the datagrams, against the tally.
  @Test(arguments: [
    ([FleetTransport.line], 18, 1), ([.coap], 1, 1), ([.coap], 1, 6), ([.line, .coap, .syslog], 5, 2),
  ])
  func tallyIsWhatStandsInTheDatagrams(transports: [FleetTransport], lines: Int, packRows: Int) throws {
    let settings = Self.settings(Set(transports)) {
      $0.jitterMillis = 400
      $0.lateShare = 0.1
      $0.doubleShare = 0.1
      $0.linesPerDatagram = lines
      $0.rowsPerPack = packRows
      $0.sources = 2
    }
    let (bytes, datagrams, tally) = try Self.run(devices: 60, settings, count: 1_500)
    var rows: [WireRow] = []
    var events = 0
    for (datagram, bytes) in zip(datagrams, bytes) {
      switch datagram.transport {
      case .line: rows += readLines(bytes)
      case .coap: rows += readPack(bytes)
      case .syslog: events += 1
      }
    }
    let distinct = Set(rows)
    #expect(rows.count == tally.total.rows)
    #expect(rows.reduce(0) { $0 + $1.numbers.count + $1.others.count } == tally.total.readings)
    #expect(events == tally.total.events && events == tally.eventsBySeverity.reduce(0, +))
    #expect(bytes.count == tally.total.datagrams)
    #expect(bytes.reduce(0) { $0 + $1.count } == tally.total.bytes)
    #expect(datagrams.count { $0.isConfirmable } == tally.total.confirmable)
    #expect(rows.count - distinct.count == tally.measurements.values.reduce(0) { $0 + $1.doubled })
    #expect(distinct.count < rows.count)
    #expect(tally.measurements.values.reduce(0) { $0 + $1.late } > 0)
    #expect(tally.times?.lowerBound == rows.map(\.time).min())
    #expect(tally.times?.upperBound == rows.map(\.time).max())
    for step in [Nanos.perMinute, Nanos.perHour] { try expectBuckets(distinct, equal: tally, step: step) }
  }

  private func expectBuckets(_ rows: Set<WireRow>, equal tally: FleetTally, step: Int64) throws {
    struct Key: Hashable {
      var measurement: String
      var field: String
      var device: String
      var time: Int64
    }
    var values: [Key: [Double]] = [:]
    for row in rows {
      for (field, number) in row.numbers {
        let key = Key(
          measurement: row.measurement, field: field, device: row.device, time: row.time / step * step)
        values[key, default: []].append(number)
      }
    }
    var found = 0
    for field in Set(values.keys.map { [$0.measurement, $0.field] }) {
      let groups = tally.rollupByGroup(measurement: field[0], field: field[1], stepNanos: step)
      for (device, buckets) in groups {
        for bucket in buckets {
          let key = Key(measurement: field[0], field: field[1], device: device, time: bucket.time)
          let sent = try #require(values[key])
          #expect(
            bucket.agrees(count: sent.count, sum: sent.reduce(0, +), min: sent.min()!, max: sent.max()!),
            "\(key) is \(bucket), sent were \(sent)")
          found += 1
        }
      }
      let total = tally.rollup(measurement: field[0], field: field[1], stepNanos: step)
      #expect(total.reduce(0) { $0 + $1.count } == groups.values.joined().reduce(0) { $0 + $1.count })
    }
    #expect(found == values.count)
  }

  @Test func valuesDoNotDependOnWhatGoesWrong() throws {
    let clean = try Self.run(devices: 20, Self.settings([.line]), count: 1_200)
    let rough = try Self.run(
      devices: 20,
      Self.settings([.line]) {
        $0.lateShare = 0.2
        $0.doubleShare = 0.2
      }, count: 400)
    let cleanRows = Set(clean.bytes.flatMap { readLines($0) })
    // The clean run goes on for longer, so what the rough one sent is part of it.
    #expect(Set(rough.bytes.flatMap { readLines($0) }).isSubset(of: cleanRows))
  }

  @Test func aDeviceKeepsToItsSourceAndItsClock() throws {
    let settings = Self.settings([.line]) {
      $0.sources = 4
      $0.linesPerDatagram = 3
      $0.intervalNanos = 250 * Nanos.perMillisecond
      $0.jitterMillis = 100
    }
    let (bytes, datagrams, _) = try Self.run(devices: 40, settings, count: 300)
    var sources: [String: Set<Int>] = [:]
    var times: [String: [UnixNanos]] = [:]
    for (datagram, bytes) in zip(datagrams, bytes) {
      let rows = readLines(bytes)
      #expect(rows.count == datagram.rows)
      for row in rows {
        sources[row.device, default: []].insert(datagram.source)
        times[row.device, default: []].append(row.time)
      }
    }
    #expect(sources.count == 40 && sources.values.allSatisfy { $0.count == 1 })
    #expect(Set(sources.values.joined()) == [0, 1, 2, 3])
    for series in times.values {
      for (index, time) in series.enumerated() {
        let jitter = time - Self.start - Int64(index) * settings.intervalNanos
        #expect((0...100 * Nanos.perMillisecond).contains(jitter) && jitter % Nanos.perMillisecond == 0)
      }
    }
  }

  @Test func everyClassSendsItsMeasurement() throws {
    let (bytes, _, tally) = try Self.run(devices: 40, Self.settings([.line]), count: 40)
    let rows = bytes.flatMap { readLines($0) }
    #expect(
      tally.measurements.mapValues(\.rows)
        == ["weather": 15, "water": 7, "camera_stream": 12, "bts_power": 4, "gateway": 2])
    for row in rows {
      switch row.measurement {
      case "camera_stream": #expect(row.device.hasPrefix("camera-") && row.others["online"] != nil)
      case "bts_power": #expect(row.device.hasPrefix("bts-") && row.others["grid"] != nil)
      case "gateway": #expect(row.device.hasPrefix("gateway-") && row.others["version"]?.hasPrefix("\"") == true)
      default: #expect(row.device.hasPrefix("sensor-") && row.others.isEmpty)
      }
    }
  }

  @Test func messageIDsComeOncePerEpoch() throws {
    let settings = Self.settings([.coap]) { $0.confirmable = .all }
    var plan = try FleetPlan(
      devices: [FleetDevice(id: "urn:dev:mac:0024befffe804ff1", deviceClass: .sensor)], settings: settings)
    var buffer = DatagramBuffer(byteCount: FleetPlan.datagramBytes, datagrams: 1)
    var seen: [Int: Set<UInt16>] = [:]
    for _ in 0..<70_000 {
      let datagram: FleetDatagram = plan.next(into: &buffer)
      #expect(datagram.isConfirmable)
      seen[datagram.epoch, default: []].insert(datagram.messageID)
      buffer.removeAll()
    }
    #expect(seen.mapValues(\.count) == [0: 65_536, 1: 70_000 - 65_536])
  }

  @Test func syslogAloneMakesEveryDeviceSpeak() throws {
    let (bytes, _, tally) = try Self.run(devices: 20, Self.settings([.syslog]), count: 200)
    #expect(tally.total.events == 200 && tally.total.rows == 0)
    let messages = bytes.map(text)
    #expect(messages.count { $0.contains(">1 2026-11-20T") } == 100)
    #expect(messages.count { $0.contains(">Nov 20 19:0") } == 100)
    #expect(messages.contains { $0.contains("phát hiện chuyển động") })
    #expect(Set(messages).count == 200)
  }

  @Test(
    arguments: [
      { $0.linesPerDatagram = 0 }, { $0.linesPerDatagram = 1_000 }, { $0.lateShare = 1.5 }, { $0.jitterMillis = 1_000 },
      { $0.intervalNanos = 1_500_000 }, { $0.sources = 0 }, { $0.rowsPerPack = 500 }, { $0.transports = [] },
      { $0.lateRounds = 0 },
    ] as [@Sendable (inout FleetSettings) -> Void])
  func refusesWhatCannotBe(change: @Sendable (inout FleetSettings) -> Void) {
    var settings = Self.settings([.line])
    change(&settings)
    #expect(throws: FleetError.self) { try Self.run(devices: 3, settings, count: 0) }
  }

  @Test func refusesNamesThatCannotBeSent() {
    for (id, transport) in [("a\nb", FleetTransport.line), ("a b", .syslog), ("trạm", .coap)] {
      let settings = Self.settings([transport])
      #expect(throws: FleetError.self) {
        _ = try FleetPlan(devices: [FleetDevice(id: id, deviceClass: .sensor)], settings: settings).datagramsPerRound
      }
    }
  }
}
