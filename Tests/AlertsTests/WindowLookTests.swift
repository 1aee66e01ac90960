import Lagoon
import Mutation
import Primitives
import Rollups
import Testing

@testable import Alerts

/// Rules that share a pass see what each would see by itself.
@Suite struct WindowLookTests {
  private static let now = 1_763_596_800 * Nanos.perSecond
  private let zone = TimeZoneRules.fixed(offsetSeconds: 7 * 3_600)
  private let directory = TestDirectory(devices: [
    DeviceFacts(id: "a", deviceClass: "camera", area: "2101"), DeviceFacts(id: "b", deviceClass: "bts", area: "2101"),
    DeviceFacts(id: "c", deviceClass: "camera", area: "2202"),
  ])

  private static func view() -> LagoonView {
    var random = SeededRandom(5)
    var readings: [StoredReading] = []
    for device in ["a", "b", "c", "stranger"] {
      for second in stride(from: Int64(1), to: 900, by: 3) {
        readings.append(
          StoredReading(
            device: device, time: now - second * Nanos.perSecond, value: Double.random(in: 0...100, using: &random)))
      }
    }
    return StoredRows.view(readings, partNanos: 300 * Nanos.perSecond)
  }

  private func rules(_ filters: [DeviceFilter]) throws -> [AlertRule] {
    var rules: [AlertRule] = []
    let message = try AlertMessage("x")
    for filter in filters {
      for scope in AlertScope.allCases {
        for name in ["avg", "max", "p50", "p90", "count", "stddev", "distinct", "increase", "last"] {
          for over in ["1m", "5m"] {
            let threshold = AlertThreshold(
              measurement: StoredRows.measurement, field: StoredRows.field,
              aggregate: try #require(Aggregate(name: name)), over: try #require(Step(over)), isAbove: true, bound: 50)
            rules.append(
              AlertRule(
                name: "r\(rules.count)", severity: .error, kind: .threshold(threshold), filter: filter, scope: scope,
                message: message, resolvedMessage: message))
          }
        }
      }
    }
    return rules
  }

  private func compare(_ filters: [DeviceFilter]) throws {
    let (rules, view) = (try rules(filters), Self.view())
    var windows = WindowLook(rules)
    // Slices end with this moment, so that what is kept says the same to the last reading.
    var book = WindowBook()
    book.retain(rules)
    book.advance(on: view, directory: directory, to: Self.now)
    var (seen, kept) = (0, 0)
    for rule in rules {
      guard case .threshold(let threshold) = rule.kind else { continue }
      let alone = try rule.observations(
        on: view, directory: directory, zone: zone, now: Self.now, watchedSince: 0, heard: { [:] })
      let shared = try windows.observations(
        threshold, of: rule, on: view, directory: directory, zone: zone, now: Self.now, isKnown: { _ in true })
      let what: Comment = "\(rule.filter) \(rule.scope) \(threshold.aggregate)"
      #expect(
        alone.sorted { $0.subject < $1.subject } == shared.sorted { $0.subject < $1.subject }, what)
      // Nobody is told of what is well, unless it is followed.
      let raised = try windows.observations(
        threshold, of: rule, on: view, directory: directory, zone: zone, now: Self.now, isKnown: { _ in false })
      #expect(raised.map(\.subject).sorted() == alone.filter { $0.sign == .raised }.map(\.subject).sorted(), what)
      seen += alone.count
      let names = alone.map(\.subject)
      let own = try book.observations(threshold, of: rule, directory: directory, followed: names)
      #expect((own != nil) == DeviceWindow.canFollow(threshold.aggregate), what)
      guard let own else { continue }
      kept += own.count
      #expect(own.sorted { $0.subject < $1.subject } == alone.sorted { $0.subject < $1.subject }, what)
      let ownRaised = try book.observations(threshold, of: rule, directory: directory, followed: [String]())
      #expect(ownRaised?.map(\.subject).sorted() == raised.map(\.subject).sorted(), what)
    }
    #expect(seen > 50 && kept > 25 && book.byteCount > 0)
  }

  @Test func rulesOfAllDevicesShareAPass() throws { try compare([DeviceFilter()]) }

  @Test func rulesThatChooseAlikeShareAPass() throws { try compare([DeviceFilter(deviceClass: "camera")]) }

  @Test func rulesThatChooseOtherwisePickTheirDevices() throws {
    try compare([
      DeviceFilter(), DeviceFilter(deviceClass: "camera"), DeviceFilter(area: "52"), DeviceFilter(device: "stranger"),
      DeviceFilter(area: "2202"),
    ])
  }

  @Test func whatIsNotStoredIsNotSeen() throws {
    var rule = try rules([DeviceFilter()])[0]
    guard case .threshold(var threshold) = rule.kind else { return }
    threshold.measurement = "none"
    rule.kind = .threshold(threshold)
    var windows = WindowLook([rule])
    let found = try windows.observations(
      threshold, of: rule, on: Self.view(), directory: directory, zone: zone, now: Self.now, isKnown: { _ in true })
    #expect(found.isEmpty)
  }
}
