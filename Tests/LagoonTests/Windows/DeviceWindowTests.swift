import Mutation
import Primitives
import Registry
import Rollups
import Telemetry
import Testing

@testable import Lagoon

/// A window that takes each reading once, beside a question over all readings.
@Suite struct DeviceWindowTests {
  private static let noon = 1_763_596_800 * Nanos.perSecond + 12 * Nanos.perHour
  private static let name = TableName.readings("m")
  private static let aggregates: [Aggregate] = [.count, .sum, .average, .minimum, .maximum, .last]

  /// A table as rows come, move on and are sealed.
  private struct Table {
    var generations: [(number: UInt64, rows: [TestRow])] = [(1, [])]
    var departed: [MemoryRows] = []
    var parts: [String: [TestRow]] = [:]
    var enteredRows = 0

    mutating func add(_ row: TestRow) {
      generations[generations.count - 1].rows.append(row)
      enteredRows += 1
    }

    mutating func rotate() { generations.append((generations[generations.count - 1].number + 1, [])) }

    /// Makes a part of the oldest generation; what was not seen of it stays for who follows.
    mutating func seal(unseenAfter positions: [UInt64: Int]?) {
      let oldest = generations.removeFirst()
      if oldest.rows.isEmpty { return }
      parts["part-\(oldest.number)"] = oldest.rows
      guard let positions else { return }
      let seen = positions[oldest.number] ?? 0
      let unseen = Array(oldest.rows[seen...])
      departed.append(
        MemoryRows(
          generation: oldest.number, firstRow: seen, rows: QueryFixture.source(unseen, measurement: "m")))
    }

    var view: LagoonView {
      let unsealed = generations.map { QueryFixture.source($0.rows, measurement: "m") }
      var table = TableView(
        name: name, fields: [FieldSummary(name: "v", type: .decimal)],
        parts: parts.map { path, rows in
          QueryPart(
            path: path, rowCount: rows.count, oldest: rows.map(\.time).min() ?? 0,
            newest: rows.map(\.time).max() ?? 0)
        }, unsealed: unsealed)
      table.memory =
        departed + zip(generations, unsealed).map { MemoryRows(generation: $0.0.number, rows: $0.1) }
      table.enteredRows = enteredRows
      let reader = FakeParts(parts.mapValues { QueryFixture.source($0, measurement: "m") })
      return LagoonView(tables: [name: table], reader: reader, version: 1, watermark: .max)
    }
  }

  private static func value(_ random: inout SeededRandom) -> ReadingValue {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: .integer(Int64.random(in: -9...9, using: &random))
    case 1: .integer(Int64.random(in: -(1 << 52)...(1 << 52), using: &random))
    case 2: .double(Double(Int.random(in: -64...64, using: &random)) / 8)
    case 3: .string("none")
    default: .decimal(mantissa: Int64.random(in: -999...999, using: &random), scale: 2)
    }
  }

  private static func row(at now: UnixNanos, _ random: inout SeededRandom) -> TestRow {
    let ages: ClosedRange<Int64> =
      switch Int.random(in: 0..<20, using: &random) {
      case 0: -200_000 ... -1
      case 1: 0...90_000
      case 2: -4 * 3_600_000 ... -3_600_000
      default: 0...800
      }
    let time = now - Int64.random(in: ages, using: &random) * Nanos.perMillisecond
    let tags = Bool.random(using: &random) ? [SeriesKey.Tag(name: "port", value: "1")] : []
    let field = Int.random(in: 0..<9, using: &random) == 0 ? "other" : "v"
    return TestRow("d\(Int.random(in: 0..<5, using: &random))", time, [(field, value(&random))], tags: tags)
  }

  /// What a question over all rows says of the window's span, by aggregate and device.
  private static func asked(_ span: Range<UnixNanos>, _ view: LagoonView) throws -> [Aggregate: [String: Double]] {
    let query = RollupQuery(
      measurement: "m", field: "v", step: try #require(Step("1d")), from: span.lowerBound, to: span.upperBound,
      aggregates: aggregates, groupBy: .device)
    let answer = try query.run(
      on: view, directory: EmptyDirectory(), zone: .fixed(offsetSeconds: 0))
    var found: [Aggregate: [String: Double]] = [:]
    for group in answer.groups {
      let bucket = try #require(group.cells.first?.bucket)
      #expect(group.cells.count == 1)
      for aggregate in aggregates {
        found[aggregate, default: [:]][group.name] =
          aggregate == .count ? Double(bucket.count) : aggregate.value(of: bucket)
      }
    }
    return found
  }

  private static func expectSame(_ window: DeviceWindow, _ view: LagoonView, _ what: Comment) throws {
    let span = try #require(window.span)
    let sums = try #require(window.sums(), what)
    let wanted = try asked(span, view)
    for aggregate in aggregates {
      let values = sums.values(aggregate)
      var found: [String: Double] = [:]
      for (slot, value) in values.enumerated() where !value.isNaN { found[window.devices[slot]] = value }
      #expect(found == wanted[aggregate] ?? [:], "\(what) \(aggregate)")
    }
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>) func itSaysWhatAQuestionSays(seed: UInt64) throws {
    var random = SeededRandom(seed)
    var table = Table()
    var window = try #require(
      DeviceWindow(measurement: "m", field: "v", lengthNanos: Nanos.perMinute, aggregates: Self.aggregates))
    // Half of them follow the table, the others miss what is sealed between two looks.
    let isFollowing = seed % 2 == 0
    var now = Self.noon
    for step in 0..<90 {
      now += Int64.random(in: 0...6_000, using: &random) * Nanos.perMillisecond
      if step == 50 { now -= 20 * Nanos.perSecond }
      for _ in 0..<Int.random(in: 0...25, using: &random) { table.add(Self.row(at: now, &random)) }
      if Int.random(in: 0..<4, using: &random) == 0 { table.rotate() }
      while table.generations.count > 1 { table.seal(unseenAfter: isFollowing ? window.positions : nil) }
      let view = table.view
      try window.advance(on: view, to: now)
      table.departed = []
      try Self.expectSame(window, view, "seed \(seed) step \(step)")
    }
    #expect(isFollowing ? window.beginnings < 40 : window.beginnings > 5)
  }

  @Test func eachReadingIsGoneThroughOnce() throws {
    var table = Table()
    var window = try #require(
      DeviceWindow(measurement: "m", field: "v", lengthNanos: Nanos.perMinute, aggregates: [.sum]))
    for second in 0..<50 as Range<Int64> {
      let now = Self.noon + second * Nanos.perSecond
      table.add(TestRow("a", now, [("v", .integer(1))]))
      if second % 10 == 9 {
        table.rotate()
        table.seal(unseenAfter: window.positions)
      }
      try window.advance(on: table.view, to: now)
      table.departed = []
      #expect(window.sums()?.values(.sum).first == Double(second + 1))
    }
    // It was begun once, and no part was read.
    #expect(window.beginnings == 1)
  }

  /// More rows than a window is begun with stand in parts: it says nothing until all of its span is known.
  @Test func aWindowThatReachesBackTooFarSaysNothingYet() throws {
    var table = Table()
    table.add(TestRow("a", Self.noon - 50 * Nanos.perSecond, [("v", .integer(1))]))
    table.rotate()
    table.seal(unseenAfter: nil)
    var view = table.view
    view.tables[Self.name]?.parts[0].rowCount = Limits.followedRows + 1
    var window = try #require(
      DeviceWindow(measurement: "m", field: "v", lengthNanos: Nanos.perMinute, aggregates: [.sum]))
    try window.advance(on: view, to: Self.noon)
    #expect(window.sums() == nil)
    try window.advance(on: view, to: Self.noon + 20 * Nanos.perSecond)
    #expect(window.sums()?.slotCount == 0)
  }

  @Test func aTableThatCannotBeReadIsNamedAndAskedAgain() throws {
    var window = try #require(
      DeviceWindow(measurement: "m", field: "v", lengthNanos: Nanos.perMinute, aggregates: [.sum]))
    var table = Table()
    table.add(TestRow("a", Self.noon, [("v", .integer(7))]))
    var view = table.view
    view.unreadable[Self.name] = "damaged"
    #expect(throws: QueryError.self) { try window.advance(on: view, to: Self.noon) }
    #expect(window.sums() == nil)
    view.unreadable = [:]
    try window.advance(on: view, to: Self.noon)
    #expect(window.sums()?.values(.sum) == [7])
    window.forget()
    #expect(window.sums() == nil && window.devices.isEmpty)
  }

  /// Whoever makes up names does not fill memory: the window says nothing for an hour.
  @Test func tooManyDevicesAreNotKept() throws {
    var table = Table()
    for number in 0...DeviceWindow.mostDevices { table.add(TestRow("d\(number)", Self.noon, [("v", .integer(1))])) }
    var window = try #require(
      DeviceWindow(measurement: "m", field: "v", lengthNanos: Nanos.perMinute, aggregates: [.sum]))
    try window.advance(on: table.view, to: Self.noon)
    #expect(window.sums() == nil && window.span == nil && window.devices.isEmpty && window.byteCount < 1 << 20)
    table = Table()
    table.add(TestRow("a", Self.noon + 2 * Nanos.perHour, [("v", .integer(7))]))
    try window.advance(on: table.view, to: Self.noon + Nanos.perMinute)
    #expect(window.sums() == nil)
    try window.advance(on: table.view, to: Self.noon + 2 * Nanos.perHour)
    #expect(window.sums()?.values(.sum) == [7])
  }

  @Test func onlyWhatMergesIsFollowed() throws {
    for name in ["first", "stddev", "increase", "rate", "distinct", "p50"] {
      let aggregate = try #require(Aggregate(name: name))
      #expect(
        DeviceWindow(measurement: "m", field: "v", lengthNanos: Nanos.perMinute, aggregates: [aggregate]) == nil)
    }
    for length in [0, Limits.followedWindowNanos + 1] {
      #expect(DeviceWindow(measurement: "m", field: "v", lengthNanos: length, aggregates: [.sum]) == nil)
    }
  }
}
