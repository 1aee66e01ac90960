import Primitives
import Registry
import Telemetry

/// Sorts devices into groups, or out, by a filter and the registry valid at a row's time.
///
/// The tree of areas and the registry change at few instants; between two of them (an *epoch*) a device's group never changes, so that
/// it is worked out once a series and epoch and not once a row.
///
/// What is outside of the scope of who asks is in no group, whatever the filter says.
struct DeviceGrouping {
  let filter: DeviceFilter
  let scope: ScopeFilter
  let groupBy: GroupBy
  private let level: Int?
  private let tag: String?
  private let from: UnixNanos
  private let isRegistryAsked: Bool
  let directory: any DeviceDirectory
  /// The instants at which an epoch begins, the first one aside.
  let changes: [UnixNanos]
  /// The groups met so far; their numbers are places here.
  private(set) var names: [String] = []
  private var numbers: [String: Int32] = [:]

  /// Whether every device is asked for and all are one group: then no row needs to be asked whose it is.
  var isEverything: Bool {
    groupBy == .none && filter.device == nil && !filter.needsRegistry && !wantsTags && scope.isEverything
  }

  /// Whether a row's tags say in which group it is.
  var wantsTags: Bool { tag != nil || !filter.tags.isEmpty }

  private static let earliest: UnixNanos = -8_000_000_000 * Nanos.perSecond

  /// The number of what is in no group.
  static let excluded: Int32 = -1

  /// - Parameters:
  ///   - scope: of the view that is asked.
  ///   - level: for groups of areas: how deep in the tree they lie, 1 at its top; nil for each device's own.
  ///   - tag: the tag whose values are the groups; it goes with `GroupBy.none`.
  ///   - from: where the first bucket begins.
  ///   - asksRegistry: whether a device's group may depend on the registry where nothing else here makes it so.
  init(
    filter: DeviceFilter, within scope: DeviceScope, groupBy: GroupBy, level: Int? = nil, tag: String? = nil,
    directory: any DeviceDirectory, from: UnixNanos, to: UnixNanos, asksRegistry: Bool = false
  ) {
    self.filter = filter
    self.scope = ScopeFilter(scope: scope, directory: directory)
    self.groupBy = groupBy
    self.level = level
    self.tag = tag
    self.directory = directory
    // Long before anything, and still a day that a calendar has.
    self.from = max(from, Self.earliest)
    isRegistryAsked =
      asksRegistry || filter.needsRegistry || !scope.isEverything || (groupBy != .none && groupBy != .device)
    changes = isRegistryAsked ? directory.changes(from: self.from, to: to).filter { $0 > from } : []
  }

  /// The time around the first instant that is asked for in which the scope says the same of each device: whoever is in
  /// a group then needs not be asked for at another time of it. All time for who sees everything.
  var steadySpan: Range<UnixNanos> {
    if scope.isEverything { return .min ..< .max }
    let (from, to) = ScopeVerdicts.span(around: self.from, directory.changes(from: .min, to: .max))
    return from..<to
  }

  /// The epoch of an instant.
  func epoch(of time: UnixNanos) -> Int {
    var (low, high) = (0, changes.count)
    while low < high {
      let middle = (low + high) / 2
      if changes[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// An instant at which the registry is as it is throughout the epoch.
  private func instant(ofEpoch epoch: Int) -> UnixNanos { epoch == 0 ? from : changes[epoch - 1] }

  /// The group of a series; `excluded` if it is not asked for.
  mutating func group(of series: UInt32, in list: SeriesList, epoch: Int) -> Int32 {
    if !wantsTags { return group(of: list.device(series), epoch: epoch) }
    let key = list[series]
    return group(of: key.device, tags: key.tags, epoch: epoch)
  }

  /// The group of a device's rows with those tags; `excluded` if it is not asked for.
  mutating func group(of device: String, tags: [SeriesKey.Tag] = [], epoch: Int) -> Int32 {
    if !filter.takes(tags: tags) { return Self.excluded }
    if let wanted = filter.device, wanted != device { return Self.excluded }
    let time = instant(ofEpoch: epoch)
    let facts = isRegistryAsked ? directory.device(device, at: time) : nil
    if filter.needsRegistry {
      guard let facts, matches(facts, at: time) else { return Self.excluded }
    }
    if !scope.isEverything {
      guard let facts, scope.takes(facts, at: time) else { return Self.excluded }
    }
    let name =
      switch groupBy {
      case .none: tag.map { tag in tags.first { $0.name == tag }?.value ?? "" } ?? ""
      case .device: device
      case .area: area(facts?.area ?? "", at: time)
      case .deviceClass: facts?.deviceClass ?? ""
      case .domain: facts?.domain ?? ""
      case .agency: facts?.agency ?? ""
      case .contract: facts?.contract ?? ""
      }
    if let number = numbers[name] { return number }
    let number = Int32(names.count)
    names.append(name)
    numbers[name] = number
    return number
  }

  /// The area at the level asked for; the area itself if it lies higher.
  private func area(_ code: String, at time: UnixNanos) -> String {
    guard let level, !code.isEmpty else { return code }
    let path = directory.areaPath(of: code, at: time)
    return path[min(level, path.count) - 1]
  }

  private func matches(_ facts: DeviceFacts, at time: UnixNanos) -> Bool {
    filter.matches(facts, at: time, directory: directory)
  }

  /// The devices that any epoch asks for; nil for all.
  func scanDevices() -> Set<String>? {
    if !filter.needsRegistry && scope.isEverything { return filter.device.map { [$0] } }
    var found: Set<String> = []
    for epoch in 0...changes.count {
      let time = instant(ofEpoch: epoch)
      let candidates =
        filter.device.map { [$0] } ?? filter.area.map { directory.candidates(in: $0, at: time) }
        ?? scope.candidates(at: time)
      // Many devices stand in few areas.
      var isWithin: [String: Bool] = [:]
      var isInScope: [String: Bool] = [:]
      var filter = filter
      let area = filter.area
      filter.area = nil
      for id in candidates {
        guard let facts = directory.device(id, at: time) else { continue }
        if let area {
          let known = isWithin[facts.area] ?? directory.isArea(facts.area, within: area, at: time)
          isWithin[facts.area] = known
          if !known { continue }
        }
        if !filter.matches(facts, at: time, directory: directory) { continue }
        if !scope.isEverything {
          // What the scope does not look at is left out: to make a text of it costs more than all the rest.
          let place =
            scope.scope.domains.isEmpty && scope.scope.agencies.isEmpty
            ? facts.area : facts.area + "\u{0}" + facts.domain + "\u{0}" + facts.agency
          let known = isInScope[place] ?? scope.takes(facts, at: time)
          isInScope[place] = known
          if !known { continue }
        }
        found.insert(id)
      }
    }
    return found
  }
}

/// The groups of one source's series, worked out as they are met.
struct SeriesGroups {
  private var groups: [Int32]
  private let seriesCount: Int

  /// Not worked out yet.
  static let unknown: Int32 = -2

  init(seriesCount: Int, epochs: Int = 1) {
    self.seriesCount = seriesCount
    groups = [Int32](repeating: Self.unknown, count: seriesCount * epochs)
  }

  /// The group of a series, asked for with its device only the first time.
  @inline(__always)
  mutating func group(of series: UInt32, epoch: Int, orFind find: () -> Int32) -> Int32 {
    let place = epoch &* seriesCount &+ Int(series)
    let known = groups[place]
    if known != Self.unknown { return known }
    let found = find()
    groups[place] = found
    return found
  }
}
