import Lagoon
import Primitives
import Rollups
import Testing

@testable import Alerts

/// Windows that are kept from look to look. What they say is beside what questions say in `WindowLookTests`.
@Suite struct WindowBookTests {
  private static let now = 1_763_596_800 * Nanos.perSecond
  private static let devices = [
    DeviceFacts(id: "a", deviceClass: "camera", area: "2101"),
    DeviceFacts(id: "b", deviceClass: "camera", area: "2202"),
  ]

  /// A registry that changed.
  private struct Edition: DeviceDirectory {
    var edition: UInt64
    var own: TestDirectory
    var devices: [DeviceFacts] { own.devices }
    func device(_ id: String) -> DeviceFacts? { own.device(id) }
    func isArea(_ code: String, within ancestor: String, at time: UnixNanos) -> Bool {
      own.isArea(code, within: ancestor, at: time)
    }
    func areaPath(of code: String, at time: UnixNanos) -> [String] { own.areaPath(of: code, at: time) }
    func changes(from: UnixNanos, to: UnixNanos) -> [UnixNanos] { own.changes(from: from, to: to) }
  }

  private static func rule(
    _ name: String, _ aggregate: Aggregate = .maximum, scope: AlertScope = .device
  ) throws -> AlertRule {
    let threshold = AlertThreshold(
      measurement: StoredRows.measurement, field: StoredRows.field, aggregate: aggregate,
      over: try #require(Step("1m")), isAbove: true, bound: 5)
    return AlertRule(
      name: name, severity: .error, kind: .threshold(threshold), scope: scope, message: try AlertMessage("x"),
      resolvedMessage: try AlertMessage("x"))
  }

  private static func see(
    _ book: inout WindowBook, _ rule: AlertRule, _ directory: any DeviceDirectory, followed: [String] = []
  ) throws -> [AlertObservation]? {
    guard case .threshold(let threshold) = rule.kind else { return nil }
    return try book.observations(threshold, of: rule, directory: directory, followed: followed)
  }

  private static let view = StoredRows.view(
    [("a", 9.0, 9), ("b", 7.0, 5), ("c", 2.0, 1)].map { device, value, age in
      StoredReading(device: device, time: now - age * Nanos.perSecond, value: value)
    }, partNanos: 300 * Nanos.perSecond)

  @Test func whoIsMeantIsFoundOnceADevice() throws {
    let directory = TestDirectory(devices: Self.devices)
    var choice = SlotChoice(SlotChoice.Key(filter: DeviceFilter(deviceClass: "camera"), scope: .area))
    choice.extend(to: ["a", "stranger"], directory: directory, at: Self.now)
    #expect(choice.takes(0) && !choice.takes(1))
    choice.extend(to: ["a", "stranger", "b"], directory: directory, at: Self.now)
    #expect(choice.takes(2))
  }

  /// A window says nothing before it was begun, and nothing once it was let go.
  @Test func whatWasLetGoSaysNothing() throws {
    let directory = TestDirectory(devices: Self.devices)
    let rule = try Self.rule("r")
    guard case .threshold(let threshold) = rule.kind else { return }
    let window = try #require(
      DeviceWindow(
        measurement: StoredRows.measurement, field: StoredRows.field, lengthNanos: threshold.windowNanos,
        aggregates: [.maximum]))
    var kept = KeptWindow(window: window, aggregates: [.maximum])
    func seen() throws -> [String]? {
      try kept.observations(threshold, of: rule, directory: directory, at: Self.now, followed: [String]())?.map(
        \.subject)
    }
    #expect(try seen() == nil)
    kept.advance(on: Self.view, to: Self.now, forgetting: false)
    #expect(try seen()?.sorted() == ["a", "b"] && kept.fault == nil)
    kept.letGo()
    #expect(try seen() == nil)
  }

  /// A device that moves to another area is told as that, at once.
  @Test func theRegistryOfNowSaysWhatADeviceIs() throws {
    var book = WindowBook()
    let rule = try Self.rule("r", scope: .area)
    book.retain([rule])
    var registry = Edition(edition: 1, own: TestDirectory(devices: Self.devices))
    book.advance(on: Self.view, directory: registry, to: Self.now)
    #expect(try Self.see(&book, rule, registry)?.map(\.subject).sorted() == ["2101", "2202"])
    registry = Edition(
      edition: 2,
      own: TestDirectory(devices: Self.devices.map { DeviceFacts(id: $0.id, deviceClass: "camera", area: "2101") }))
    book.advance(on: Self.view, directory: registry, to: Self.now)
    #expect(try Self.see(&book, rule, registry)?.map(\.subject) == ["2101"])
    #expect(try Self.see(&book, rule, registry)?.first?.value == 9)
  }

  @Test func whatNoRuleAsksForIsLetGo() throws {
    var book = WindowBook()
    let directory = TestDirectory(devices: Self.devices)
    let (largest, mean) = (try Self.rule("r"), try Self.rule("s", .average))
    book.retain([largest])
    book.advance(on: Self.view, directory: directory, to: Self.now)
    #expect(try Self.see(&book, largest, directory)?.map(\.subject).sorted() == ["a", "b"])
    // Of those that are well, who is followed.
    #expect(
      try Self.see(&book, largest, directory, followed: ["c", "none"])?.map(\.subject).sorted() == ["a", "b", "c"])
    // Another aggregate of the same window is asked for too: it is begun anew.
    book.retain([largest, mean])
    #expect(try Self.see(&book, mean, directory) == nil)
    book.advance(on: Self.view, directory: directory, to: Self.now)
    #expect(try Self.see(&book, mean, directory)?.count == 2 && Self.see(&book, largest, directory)?.count == 2)
    book.retain([])
    #expect(book.byteCount == 0 && book.positions.isEmpty)
    #expect(try Self.see(&book, mean, directory) == nil)
  }

  @Test func whatCannotBeReadIsToldToTheRuleThatNeedsIt() throws {
    var book = WindowBook()
    let directory = TestDirectory(devices: Self.devices)
    let rule = try Self.rule("r")
    book.retain([rule])
    var view = Self.view
    view.reader = StoredRows.none
    book.advance(on: view, directory: directory, to: Self.now)
    #expect(throws: QueryError.self) { try Self.see(&book, rule, directory) }
    #expect(book.positions.isEmpty)
    book.advance(on: Self.view, directory: directory, to: Self.now)
    #expect(try Self.see(&book, rule, directory)?.count == 2)
  }

  /// What memory has no room for is asked otherwise, and tried again after an hour.
  @Test func memoryIsBounded() throws {
    var book = WindowBook(byteLimit: 1_000)
    let directory = TestDirectory(devices: Self.devices)
    let rule = try Self.rule("r")
    book.retain([rule])
    book.advance(on: Self.view, directory: directory, to: Self.now)
    #expect(try Self.see(&book, rule, directory) == nil && book.byteCount < 1_000)
    book.advance(on: Self.view, directory: directory, to: Self.now + 30 * Nanos.perMinute)
    #expect(try Self.see(&book, rule, directory) == nil && book.byteCount < 1_000)
  }
}
