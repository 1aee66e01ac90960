import Lagoon
import Primitives

/// Counts silent devices by area, to see where there are so many that one thing must be the cause.
struct StormSurvey {
  private struct Count {
    var devices: [String] = []
    /// By what each one's silence comes from.
    var roots: [String: Int] = [:]
    var lasts: [UnixNanos] = []
    /// Devices that are heard since most of those fell silent.
    var alive = 0
    /// The areas below that hold some of them.
    var children: Set<String> = []
    var depth = 0

    /// All but those of the one cause that explains the most.
    var unexplained: Int { devices.count - (roots.values.max() ?? 0) }
  }

  private var counts: [String: Count] = [:]
  private let world: AlarmWorld

  /// - Parameter devices: those that are silent, or may be.
  init(_ devices: [String], _ silences: Silences, in world: AlarmWorld) {
    self.world = world
    for device in devices {
      guard let facts = world.directory.device(device) else { continue }
      let path = path(of: facts)
      // What waits for its parent is counted with it.
      let root = silences.mayHaveCause(device) ? facts.parent : silences.root(of: device)
      for (depth, area) in path.enumerated() {
        counts[area, default: Count()].devices.append(device)
        counts[area]?.roots[root, default: 0] += 1
        counts[area]?.lasts.append(world.heard[device] ?? .min)
        counts[area]?.depth = depth
        if depth + 1 < path.count { counts[area]?.children.insert(path[depth + 1]) }
      }
    }
  }

  /// From the top of the tree down; of a device without an area the area of no name.
  private func path(of facts: DeviceFacts) -> [String] {
    facts.area.isEmpty ? [""] : world.directory.areaPath(of: facts.area, at: world.now)
  }

  func devices(in area: String) -> [String] { counts[area]?.devices ?? [] }

  /// The smallest areas that hold a storm each, none within another.
  mutating func eligible(_ settings: StormSettings) -> Set<String> {
    let candidates = counts.filter {
      $0.value.devices.count >= settings.least && $0.value.unexplained >= settings.least
    }
    if candidates.isEmpty { return [] }
    var medians: [String: UnixNanos] = [:]
    for (area, count) in candidates { medians[area] = count.lasts.sorted()[count.lasts.count / 2] }
    let silent = Set(candidates.values.flatMap(\.devices))
    for device in world.directory.devices where world.allowedNanos[device.id] != nil && !silent.contains(device.id) {
      guard let heard = world.heard[device.id] else { continue }
      for area in path(of: device) {
        if let median = medians[area], heard > median { counts[area]?.alive += 1 }
      }
    }
    return Set(
      candidates.keys.filter { area in
        guard let count = counts[area] else { return false }
        return Double(count.devices.count) >= settings.share * Double(count.devices.count + count.alive)
      })
  }

  func storms(_ settings: StormSettings) -> [String] {
    var survey = self
    let eligible = survey.eligible(settings)
    var found: [String] = []
    for area in eligible.sorted(by: { (survey.depth($0), $0) < (survey.depth($1), $1) }) {
      let isBelow = found.contains { survey.holds($0, area) }
      if !isBelow { found.append(survey.smallest(from: area, eligible)) }
    }
    return found
  }

  private func depth(_ area: String) -> Int { counts[area]?.depth ?? 0 }

  private func holds(_ area: String, _ other: String) -> Bool {
    area == other || world.directory.isArea(other, within: area, at: world.now)
      || world.directory.isArea(area, within: other, at: world.now)
  }

  /// Down to the area that holds all of them, but for a few.
  private func smallest(from area: String, _ eligible: Set<String>) -> String {
    var area = area
    while let count = counts[area],
      let below = count.children.filter({ eligible.contains($0) }).max(by: {
        (devices(in: $0).count, $1) < (devices(in: $1).count, $0)
      }), devices(in: below).count * 20 >= count.devices.count * 19
    {
      area = below
    }
    return area
  }
}
