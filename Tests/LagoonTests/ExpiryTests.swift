import Parquet
import Primitives
import Sys
import Telemetry
import Testing

@testable import Lagoon

/// Rows beyond their retention go, and nothing else does.
@Suite struct ExpiryTests {
  private static let name = TableName.readings("m")
  private static let settings = CompactionSettings(level: 3)
  private static let policy = RetentionPolicy(readingsDays: 2, eventsDays: 5, rollups5mDays: 50, rollups1hDays: 60)
  private static let day = Nanos.perDay / Nanos.perMillisecond

  private func withCatalogue(_ body: (CatalogueFixture, Catalogue, Expiry) throws -> Void) throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    try body(fixture, catalogue, Expiry(catalogue.stored, catalogue.rollups))
  }

  private static func seal(
    _ catalogue: Catalogue, _ millis: [Int64], of table: TableName = name
  ) throws {
    let rows = millis.map { TestRow("d", $0 * Nanos.perMillisecond, [("v", .integer($0))]) }
    let kind: TableKind = table == .events ? .events : .readings
    let source = QueryFixture.source(rows, measurement: table.displayName, kind: kind)
    try catalogue.seal([TableRows(table: table, rows: source)], transactions: [])
  }

  private static func times(_ catalogue: Catalogue, _ name: TableName = name) throws -> [Int64] {
    guard let table = catalogue.table(name) else { return [] }
    return try table.parts.flatMap { part in
      try catalogue.scan(part, of: table).chunks.flatMap { chunk in (0..<chunk.count).map { chunk.time($0) } }
    }.sorted()
  }

  /// Whether a day stands in parts of its own or in one with others, and before 1970 too.
  @Test(arguments: [20_500, 1, 0, -400] as [Int64], [false, true])
  func whatIsOlderThanTheFirstDayGoes(today: Int64, isOnePart: Bool) throws {
    try withCatalogue { _, catalogue, expiry in
      let limit = (today - 2) * Self.day
      let old = [limit - 3 * Self.day, limit - 1]
      let kept = [limit, limit + 1, limit + Self.day - 1, today * Self.day, (today + 9) * Self.day]
      // The first instant that stays is a part's last one too.
      try Self.seal(catalogue, [limit])
      try Self.seal(catalogue, old + kept.dropFirst())
      if isOnePart {
        _ = try catalogue.merge(catalogue.table(Self.name)?.parts ?? [], of: Self.name, Self.settings)
        #expect(catalogue.table(Self.name)?.parts.count == 1)
      }
      // Any moment of the day is the same.
      for now in [0, Nanos.perHour, Nanos.perDay - 1] {
        try expiry.run(Self.name, policy: Self.policy, nowNanos: today * Nanos.perDay + now, Self.settings)
        #expect(try Self.times(catalogue) == kept)
        #expect(expiry.facts.rows == 2 && expiry.facts.parts == (isOnePart ? 0 : 2))
      }
      let version = catalogue.table(Self.name)?.version
      try expiry.run(Self.name, policy: Self.policy, nowNanos: today * Nanos.perDay, Self.settings)
      #expect(catalogue.table(Self.name)?.version == version)
      // A clock that goes back brings nothing back, and takes nothing.
      try expiry.run(Self.name, policy: Self.policy, nowNanos: (today - 90) * Nanos.perDay, Self.settings)
      #expect(try Self.times(catalogue) == kept)
      try expiry.run(Self.name, policy: Self.policy, nowNanos: (today + 100) * Nanos.perDay, Self.settings)
      #expect(try Self.times(catalogue).isEmpty && expiry.facts.rows == 7)
      #expect(expiry.facts.last?.contains("table m") == true)
    }
  }

  @Test func whatIsKeptBeginsWithADay() {
    let policy = RetentionPolicy(readingsDays: 3, eventsDays: 1, rollups5mDays: 9, rollups1hDays: 9)
    let kept = policy.keptSince(nowNanos: 10 * Nanos.perDay + 5)
    #expect(kept.readings == 7 * Nanos.perDay && kept.events == 9 * Nanos.perDay)
    let always = RetentionPolicy(readingsDays: .max / 2, eventsDays: 0, rollups5mDays: 9, rollups1hDays: 9)
    #expect(always.keptSince(nowNanos: 0).readings == .min && always.keptSince(nowNanos: 0).events == 0)
  }

  @Test func eachKindOfTableHasItsOwnAge() throws {
    try withCatalogue { _, catalogue, expiry in
      for name in [Self.name, .events] { try Self.seal(catalogue, [0, 1], of: name) }
      let now = 4 * Nanos.perDay
      for name in [Self.name, .events, .devices, .readings("none"), .rollups(.hour)] {
        try expiry.run(name, policy: Self.policy, nowNanos: now, Self.settings)
      }
      #expect(try Self.times(catalogue).isEmpty)
      #expect(try Self.times(catalogue, .events) == [0, 1])
      #expect(expiry.facts.rows == 2 && expiry.facts.parts == 1)
      try expiry.run(.events, policy: Self.policy, nowNanos: 6 * Nanos.perDay, Self.settings)
      #expect(try Self.times(catalogue, .events).isEmpty)
    }
  }

  // MARK: rollups

  /// How many readings the rollups of a step have, and how many parts they stand in.
  private struct SummedUp: Equatable {
    var readings: Int64
    var parts: Int

    init(_ readings: Int64, _ parts: Int) {
      self.readings = readings
      self.parts = parts
    }
  }

  private static func summedUp(_ catalogue: Catalogue, _ step: StoredStep, outliving: Bool) throws -> SummedUp {
    guard let table = catalogue.table(.rollups(step)) else { return SummedUp(0, 0) }
    var total: Int64 = 0
    let parts = table.parts.filter { $0.outlivesSource == outliving }
    for part in parts {
      let reader = try catalogue.stored.files.reader(part.path, of: table.name, precision: table.precision)
      let column = try #require(reader.schema.index(of: "count"))
      for group in reader.rowGroups.indices {
        guard case .int64(let counts) = try reader.read(column: column, rowGroup: group).values else { continue }
        total += counts.reduce(0, +)
      }
    }
    return SummedUp(total, parts.count)
  }

  /// Rows that go leave their buckets behind, once, though a run was interrupted between the two commits.
  @Test(arguments: [false, true]) func bucketsOutliveTheirRowsOnce(isOnePart: Bool) throws {
    try withCatalogue { fixture, catalogue, expiry in
      // 600 readings of the first day, a second each, and 300 of the fourth.
      let seconds = Array(0..<600) + Array(3 * 86_400..<3 * 86_400 + 300)
      try Self.seal(catalogue, seconds.map { Int64($0) * 1_000 })
      if isOnePart { _ = try catalogue.merge(catalogue.table(Self.name)?.parts ?? [], of: Self.name, Self.settings) }
      let now = 4 * Nanos.perDay
      let path = fixture.log("m").path(try #require(catalogue.table(Self.name)?.version))
      let whole = try File.readWhole(path)
      for _ in 0..<2 {
        try fixture.spoil(path, to: 0)
        #expect(throws: LagoonError.self) {
          try expiry.run(Self.name, policy: Self.policy, nowNanos: now, Self.settings)
        }
        try File(path, .readWrite).write(all: whole)
        #expect(try Self.times(catalogue).count == 900)
        // Not read as long as the rows are there.
        #expect(catalogue.storedView().standaloneRollups.isEmpty)
      }
      try expiry.run(Self.name, policy: Self.policy, nowNanos: now, Self.settings)
      #expect(try Self.times(catalogue).count == 300)
      for step in StoredStep.allCases {
        #expect(try Self.summedUp(catalogue, step, outliving: true) == SummedUp(600, 1))
        #expect(catalogue.storedView().standaloneRollups[step]?.count == 1)
      }
      // The rows that stay have theirs still, and what stands for itself goes by its own age.
      #expect(try Self.summedUp(catalogue, .fiveMinutes, outliving: false).readings >= 300)
      for step in StoredStep.allCases {
        try expiry.run(.rollups(step), policy: Self.policy, nowNanos: 50 * Nanos.perDay, Self.settings)
        #expect(try Self.summedUp(catalogue, step, outliving: true).readings == 600)
        try expiry.run(.rollups(step), policy: Self.policy, nowNanos: 61 * Nanos.perDay, Self.settings)
        #expect(try Self.summedUp(catalogue, step, outliving: true).readings == 0)
      }
    }
  }

  /// A part that cannot be read stays, by name, and keeps none of the others.
  @Test func aDamagedPartKeepsItsOwnRowsAlone() throws {
    try withCatalogue { fixture, catalogue, expiry in
      try Self.seal(catalogue, [0, Self.day, 2 * Self.day, 9 * Self.day])
      let parts = try #require(catalogue.table(Self.name)?.parts)
      try fixture.spoil(catalogue.stored.files.path(parts[1].path, of: Self.name), to: 20)
      let error = #expect(throws: LagoonError.self) {
        try expiry.run(Self.name, policy: Self.policy, nowNanos: 9 * Nanos.perDay, Self.settings)
      }
      #expect(error?.description.contains(parts[1].path) == true)
      #expect(catalogue.table(Self.name)?.parts.map(\.path) == [parts[1].path, parts[3].path])
      #expect(expiry.facts.rows == 2)
    }
  }

  // MARK: buckets that are made anew, or whose rows are gone

  private static func rebuild(_ catalogue: Catalogue) throws -> [String] {
    var said: [String] = []
    try RollupRebuild(tables: catalogue.stored, rollups: catalogue.rollups, settings: settings).run { said.append($0) }
    return said
  }

  @Test func bucketsMadeAnewTakeThePlaceOfTheOldOnes() throws {
    try withCatalogue { _, catalogue, expiry in
      try Self.seal(catalogue, (0..<600).map { Int64($0) * 1_000 })
      try Self.seal(catalogue, (0..<400).map { 9 * Self.day + Int64($0) * 1_000 })
      try Self.seal(catalogue, [0, 1], of: .events)
      try expiry.run(Self.name, policy: Self.policy, nowNanos: 9 * Nanos.perDay, Self.settings)
      // Those that the seal made of the rows that went.
      StaleRollups(tables: catalogue.stored, rollups: catalogue.rollups).run(nowNanos: .max, graceNanos: 0)
      for _ in 0..<3 {
        #expect(try Self.rebuild(catalogue) == ["m: 1 parts summed up in 2 rollup parts"])
        for step in StoredStep.allCases {
          #expect(try Self.summedUp(catalogue, step, outliving: false) == SummedUp(400, 1))
          // Of these nobody has the readings any more.
          #expect(try Self.summedUp(catalogue, step, outliving: true) == SummedUp(600, 1))
        }
      }
    }
  }

  @Test func aPartThatCannotBeSummedUpKeepsItsOldBuckets() throws {
    try withCatalogue { fixture, catalogue, _ in
      for day in 0..<3 { try Self.seal(catalogue, (0..<300).map { Int64(day) * Self.day + Int64($0) * 1_000 }) }
      let parts = try #require(catalogue.table(Self.name)?.parts)
      try fixture.spoil(catalogue.stored.files.path(parts[1].path, of: Self.name), to: 20)
      let error = #expect(throws: LagoonError.self) { try Self.rebuild(catalogue) }
      #expect(error?.description.contains(parts[1].path) == true)
      #expect(try Self.summedUp(catalogue, .fiveMinutes, outliving: false) == SummedUp(900, 3))
      #expect(try Self.summedUp(catalogue, .hour, outliving: false) == SummedUp(600, 2))
      let rebuild = RollupRebuild(tables: catalogue.stored, rollups: catalogue.rollups, settings: Self.settings)
      #expect(try rebuild.sumUp(parts[0], .readings("none"), times: 0..<1).isEmpty)
      // Only rows of those times.
      let half = try rebuild.sumUp(parts[0], Self.name, times: 0..<150_000)
      #expect(half.map(\.step) == StoredStep.allCases && half.allSatisfy { $0.part.rowCount == 1 })
    }
  }

  @Test func bucketsWithoutARowGoOnceNobodyCanBeMakingThem() throws {
    try withCatalogue { _, catalogue, _ in
      for day in 0..<3 { try Self.seal(catalogue, (0..<300).map { Int64(day) * Self.day + Int64($0) * 1_000 }) }
      let stale = StaleRollups(tables: catalogue.stored, rollups: catalogue.rollups)
      let parts = try #require(catalogue.table(Self.name)?.parts)
      let newest = try #require(catalogue.table(.rollups(.fiveMinutes))?.parts.map(\.modifiedMillis).max())
      let now = newest * Nanos.perMillisecond
      stale.run(nowNanos: now + Nanos.perDay, graceNanos: 0)
      #expect(try Self.summedUp(catalogue, .fiveMinutes, outliving: false) == SummedUp(900, 3))
      try catalogue.stored.commit(TableChange(removed: [parts[0]], dataChange: true), to: Self.name)
      stale.run(nowNanos: now - Nanos.perDay, graceNanos: Nanos.perMinute)
      stale.run(nowNanos: now, graceNanos: Nanos.perDay)
      #expect(try Self.summedUp(catalogue, .fiveMinutes, outliving: false) == SummedUp(900, 3))
      stale.run(nowNanos: now + Nanos.perMinute, graceNanos: 0)
      #expect(try Self.summedUp(catalogue, .fiveMinutes, outliving: false) == SummedUp(600, 2))
    }
  }

  /// Of a table that cannot be read nobody knows what is live: its buckets are all that is left of it.
  @Test func bucketsOfATableThatCannotBeReadStay() throws {
    try withCatalogue { fixture, catalogue, _ in
      try Self.seal(catalogue, (0..<300).map { Int64($0) * 1_000 })
      try Self.seal(catalogue, (0..<300).map { Int64($0) * 1_000 }, of: .readings("m2"))
      try fixture.spoil(fixture.log("m").path(0), to: 0)
      let again = try fixture.open()
      #expect(again.failures.keys.contains(Self.name))
      let part = try #require(again.table(.readings("m2"))?.parts.first)
      try again.stored.commit(TableChange(removed: [part], dataChange: true), to: .readings("m2"))
      StaleRollups(tables: again.stored, rollups: again.rollups).run(nowNanos: .max, graceNanos: 0)
      let left = again.table(.rollups(.fiveMinutes))?.parts.compactMap(\.source)
      #expect(left?.count == 1 && left?.first?.hasPrefix("m/") == true)
    }
  }

  /// What outlives its source is not taken out with it.
  @Test func removingTheBucketsOfPartsLeavesWhatStandsForItself() throws {
    try withCatalogue { _, catalogue, _ in
      #expect(RollupTables.empty(of: .events, steps: StoredStep.allCases, precision: .milliseconds).isEmpty)
      #expect(RollupTables.empty(of: Self.name, steps: [.hour], precision: .milliseconds).count == 1)
      try Self.seal(catalogue, (0..<300).map { Int64($0) * 1_000 })
      let part = try #require(catalogue.table(Self.name)?.parts.first)
      let rollup = try #require(catalogue.table(.rollups(.fiveMinutes))?.parts.first)
      var outliving = rollup
      outliving.outlivesSource = true
      outliving.path += "2"
      try catalogue.stored.files.store([], at: outliving.path, of: .rollups(.fiveMinutes))
      try catalogue.rollups.commit([outliving], .fiveMinutes)
      try catalogue.rollups.remove(of: [part], table: .readings("other"))
      #expect(catalogue.table(.rollups(.fiveMinutes))?.parts.count == 2)
      try catalogue.rollups.remove(of: [part], table: Self.name)
      #expect(catalogue.table(.rollups(.fiveMinutes))?.parts.map(\.path) == [outliving.path])
    }
  }
}
