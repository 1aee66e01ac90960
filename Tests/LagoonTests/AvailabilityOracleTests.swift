@testable import Lagoon
import Mutation
import Primitives
import Registry
import Telemetry
import Testing

/// Random rows, registries, windows and starts, held against a computation that looks at each second by itself.
@Suite struct AvailabilityOracleTests {
  private typealias Fixture = AvailabilityFixture
  private static let ids = ["a", "b", "c", "d"]
  private static let asked: ClosedRange<Int64> = -4_000...4_000

  private struct World {
    private static let intervals: [Double?] = [nil, 10, 20, 60, .infinity]
    var registries: [(second: Int64, devices: [Device])] = []
    var rows: [(device: String, second: Int64)] = []
    var planned: [(device: String?, area: String?, from: Int64, to: Int64)] = []
    var listeningSince: Int64?
    var from: Int64 = 0
    var to: Int64 = 0

    init(_ random: inout SeededRandom) {
      for second in [-100_000, Int64.random(in: asked, using: &random), Int64.random(in: asked, using: &random)]
        .sorted()
      {
        let there = ids.filter { $0 == "a" || Int.random(in: 0..<6, using: &random) > 0 }
        registries.append(
          (
            second,
            there.map { id in
              Fixture.device(
                id, area: ["21550", "21553", "64"].randomElement(using: &random) ?? "",
                interval: Self.intervals.randomElement(using: &random) ?? nil)
            }
          ))
      }
      for id in ids {
        var second = Int64.random(in: asked, using: &random) - 3_000
        while second < 5_000 {
          rows.append((id, second))
          second +=
            Int.random(in: 0..<20, using: &random) == 0
            ? Int64.random(in: 0...2_000, using: &random) : Int64.random(in: 0...40, using: &random)
        }
      }
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        let begin = Int64.random(in: asked, using: &random)
        let isOfArea = Bool.random(using: &random)
        planned.append(
          (
            isOfArea ? nil : ids.randomElement(using: &random),
            isOfArea ? ["52", "64"].randomElement(using: &random) : nil,
            begin, begin + Int64.random(in: 0...2_000, using: &random)
          ))
      }
      listeningSince = Bool.random(using: &random) ? nil : Int64.random(in: asked, using: &random)
      from = Int64.random(in: asked, using: &random)
      to = from + Int64.random(in: 1...4_000, using: &random)
    }

    func device(_ id: String, at second: Int64) -> Device? {
      // What was known of a device first holds before too.
      guard let first = registries.firstIndex(where: { $0.devices.contains { $0.id == id } }) else { return nil }
      let place = max(first, registries.lastIndex { $0.second <= second } ?? 0)
      return registries[place].devices.first { $0.id == id }
    }

    func limit(_ id: String, at second: Int64) -> Int64? {
      guard let device = device(id, at: second) else { return nil }
      let interval = device.intervalSeconds ?? 60
      return interval == .infinity ? nil : Int64(3 * interval)
    }

    func isPlanned(_ device: Device, at second: Int64) -> Bool {
      planned.contains { work in
        second >= work.from && second < work.to
          && (work.device == device.id || work.area == device.area || (work.area == "52" && device.area != "64"))
      }
    }

    /// Since when a row of a device would surely have been received.
    func listening(_ id: String) -> Int64 {
      let added = registries.firstIndex { $0.devices.contains { $0.id == id } }.flatMap {
        $0 == 0 ? nil : registries[$0].second
      }
      return max(added ?? .min, listeningSince ?? .min)
    }
  }

  /// What each second of a device was: how many are live, out, planned, unknown; and of each area.
  private static func truth(_ world: World) -> [String: [Int]] {
    var found: [String: [Int]] = [:]
    for id in ids {
      let own = world.rows.filter { $0.device == id }.map(\.second).sorted()
      let listening = world.listening(id)
      var since = Int64.min
      var wasExpected = true
      // How many rows are not behind the second.
      var passed = 0
      for second in world.from..<world.to {
        while passed < own.count && own[passed] <= second { passed += 1 }
        guard let device = world.device(id, at: second), let limit = world.limit(id, at: second) else {
          wasExpected = false
          continue
        }
        if !wasExpected { since = second }
        wasExpected = true
        let last = passed > 0 ? own[passed - 1] : nil
        let next = passed < own.count ? own[passed] : nil
        let place: Int
        if world.isPlanned(device, at: second) {
          place = 2
        } else if let last, second - last < limit {
          place = 0
        } else {
          let sure = max(listening, since)
          let isBetween = last != nil && next.map { $0 < listening } ?? false
          let isEarly = sure > .min && second < sure + limit
          place = (last ?? .min) < sure && !isBetween && isEarly ? 3 : 1
        }
        found[id, default: [0, 0, 0, 0]][place] += 1
        found["area " + device.area, default: [0, 0, 0, 0]][place] += 1
      }
    }
    return found
  }

  private static func fixture(_ world: World, _ random: inout SeededRandom) -> Fixture {
    var fixture = Fixture(registries: world.registries)
    var parts = [[TestRow]](repeating: [], count: 6)
    for row in world.rows.shuffled(using: &random) {
      // Rows of one time mostly lie in one part, as they came.
      let isLate = Int.random(in: 0..<10, using: &random) == 0
      let place = isLate ? Int.random(in: 0..<6, using: &random) : Int((row.second + 8_000) / 2_200) % 6
      parts[place].append(Fixture.row(row.device, row.second))
    }
    fixture.add(parts: [parts[0], parts[1]], unsealed: [parts[5]])
    fixture.add(.readings("n"), parts: [parts[2]])
    fixture.add(.events, parts: [parts[3]], unsealed: [parts[4]])
    return fixture
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>) func eachSecondIsJudgedAlike(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let world = World(&random)
    let fixture = Self.fixture(world, &random)
    let truth = Self.truth(world)
    for groupBy in [GroupBy.device, .area] {
      let answer = try fixture.answer(world.from, world.to, groupBy: groupBy) { query in
        query.listeningSince = world.listeningSince.map(Fixture.time)
        query.planned = world.planned.map { work in
          PlannedWork(
            work.device.map { .device($0) } ?? .area(work.area ?? ""), from: Fixture.time(work.from),
            to: Fixture.time(work.to))
        }
      }
      let prefix = groupBy == .area ? "area " : ""
      for group in answer.groups {
        let times = group.times
        let found = [times.live, times.outage, times.planned, times.unknown].map { Int($0 / Int128(Nanos.perSecond)) }
        #expect(found == truth[prefix + group.name], "\(seed) \(groupBy) \(group.name)")
        #expect(group.outages.reduce(0) { $0 + Int128($1.nanos) } == times.outage)
        #expect(group.outages.allSatisfy { $0.from < $0.to ?? .max })
      }
      let names = Set(answer.groups.map { prefix + $0.name })
      #expect(names == Set(truth.keys.filter { $0.hasPrefix("area ") == (groupBy == .area) }), "\(seed)")
    }
  }
}
