import Lagoon
import Mutation
import Primitives
import Rollups
import Telemetry
import Testing

@testable import Alerts

/// A trial over what is stored must tell what the server would have told, had it looked at every instant.
@Suite struct RuleTrialTests {
  private static let second = Nanos.perSecond
  /// 2026-11-20T00:00:00Z.
  private static let start = 1_763_596_800 * Nanos.perSecond
  private static let seconds: Int64 = 1_800
  private let zone = TimeZoneRules.fixed(offsetSeconds: 7 * 3_600)
  private let directory = TestDirectory(devices: [
    DeviceFacts(id: "a", area: "2101", intervalSeconds: 10), DeviceFacts(id: "b", area: "2101", intervalSeconds: 20),
    DeviceFacts(id: "c", area: "2202", intervalSeconds: 10), DeviceFacts(id: "never", intervalSeconds: 300),
  ])

  /// Random walks with gaps.
  private static func readings() -> [StoredReading] {
    var random = SeededRandom(11)
    var readings: [StoredReading] = []
    for device in ["a", "b", "c", "stranger"] {
      var level = 40
      var time = start - 300 * second
      while time < start + seconds * second {
        time += Int64.random(in: 1...12, using: &random) * second
        if Int.random(in: 0..<60, using: &random) == 0 { time += 90 * second }
        level = min(80, max(0, level + Int.random(in: -6...6, using: &random)))
        readings.append(StoredReading(device: device, time: time, value: Double(level) / 10))
      }
    }
    return readings.filter { $0.time < start + seconds * second }
  }

  /// Looks just after every second, as the server does every now and then.
  private func lookedAt(_ rule: AlertRule, _ readings: [StoredReading], _ view: LagoonView) throws -> TrialOutcome {
    var book = AlertBook()
    var outcome = TrialOutcome()
    var subjects: Set<String> = []
    for second in 0..<Self.seconds {
      let now = Self.start + second * Self.second + 1
      let observations = try rule.observations(
        on: view, directory: directory, zone: zone, now: now, watchedSince: Self.start
      ) {
        var heard: [String: UnixNanos] = [:]
        for reading in readings where reading.time < now {
          heard[reading.device] = max(heard[reading.device] ?? .min, reading.time)
        }
        return HeardTimes(heard)
      }
      for turn in book.take(observations, of: rule, at: now).turns {
        guard case .fired = turn.change else { continue }
        outcome.note(firing: now - 1)
        subjects.insert(turn.subject)
      }
    }
    outcome.subjects = subjects.count
    return outcome
  }

  private func compare(_ rule: AlertRule) throws -> TrialOutcome {
    let readings = Self.readings()
    let view = StoredRows.view(readings, partNanos: 300 * Self.second)
    let end = Self.start + (Self.seconds - 1) * Self.second
    let tried = try RuleTrial(rule, view: view, directory: directory, from: Self.start, to: end + 1).run()
    let told = try lookedAt(rule, readings, view)
    #expect(tried.firings == told.firings && tried.subjects == told.subjects, "\(tried) \(told)")
    #expect(tried.firings > 0)
    return tried
  }

  private func rule(
    _ aggregate: String, above: Double? = nil, below: Double? = nil, clear: Double? = nil, hold: Int64 = 0,
    filter: DeviceFilter = DeviceFilter(), scope: AlertScope = .device
  ) throws -> AlertRule {
    let threshold = AlertThreshold(
      measurement: StoredRows.measurement, field: StoredRows.field, aggregate: try #require(Aggregate(name: aggregate)),
      over: try #require(Step("1m")), isAbove: above != nil, bound: try #require(above ?? below), clearBound: clear)
    let message = try AlertMessage("")
    return AlertRule(
      name: "r", severity: .error, kind: .threshold(threshold), filter: filter, scope: scope, holdNanos: hold,
      message: message, resolvedMessage: message)
  }

  @Test(arguments: [("last", 5.0, 4.5), ("max", 5.5, 5.0), ("avg", 4.5, 4.4), ("p95", 5.0, 4.6), ("sum", 50, 30)])
  func boundsAbove(aggregate: String, above: Double, clear: Double) throws {
    _ = try compare(rule(aggregate, above: above, clear: clear))
  }

  @Test(arguments: [("min", 3.0, 3.4), ("count", 6, 8), ("p50", 3.5, 3.6)])
  func boundsBelow(aggregate: String, below: Double, clear: Double) throws {
    _ = try compare(rule(aggregate, below: below, clear: clear))
  }

  @Test(arguments: [("increase", 1.55, 1.05), ("rate", 0.0305, 0.0205), ("distinct", 0.5, 0)])
  func countersAndDevices(aggregate: String, above: Double, clear: Double) throws {
    _ = try compare(rule(aggregate, above: above, clear: clear))
    let area = DeviceFilter(area: "52")
    _ = try compare(rule(aggregate, above: above * 1.9, clear: clear * 1.9, filter: area, scope: .all))
  }

  @Test(arguments: [Int64(5), 20, 60])
  func holds(seconds: Int64) throws {
    _ = try compare(rule("last", above: 4.5, hold: seconds * Self.second))
  }

  @Test func areasAndAll() throws {
    let area = try compare(rule("sum", above: 70, clear: 60, scope: .area))
    #expect(area.seen == 2)
    #expect(try compare(rule("avg", above: 4, filter: DeviceFilter(area: "52"), scope: .all)).seen == 1)
    #expect(try compare(rule("last", above: 4.5, filter: DeviceFilter(area: "52"))).seen == 2)
    #expect(try compare(rule("last", above: 4.5, filter: DeviceFilter(device: "stranger"))).seen == 1)
  }

  @Test func silences() throws {
    let message = try AlertMessage("")
    func silence(_ silence: AlertSilence, hold: Int64 = 0) -> AlertRule {
      AlertRule(
        name: "s", severity: .error, kind: .silence(silence), holdNanos: hold, message: message,
        resolvedMessage: message)
    }
    // The one that was never heard is silent once.
    #expect(try compare(silence(AlertSilence(afterNanos: 30 * Self.second))).subjects == 4)
    _ = try compare(silence(AlertSilence(intervals: 4)))
    _ = try compare(silence(AlertSilence(afterNanos: 30 * Self.second), hold: 20 * Self.second))
  }

  @Test func whatIsNotStoredTellsNothing() throws {
    let view = LagoonView(tables: [:], reader: NoParts(), version: 1, watermark: .max)
    let rule = try rule("last", above: 1)
    #expect(try RuleTrial(rule, view: view, directory: directory, from: 0, to: 1).run() == TrialOutcome())
    #expect(
      try rule.observations(on: view, directory: directory, zone: zone, now: 1, watchedSince: 0, heard: { [:] }).isEmpty
    )
  }

  private struct NoParts: PartReading {
    func scan(_ request: ScanRequest) throws -> RowSource { throw QueryError.unknownMeasurement("") }
  }
}
