import Primitives

/// Sorts devices into groups, or out, by a filter and the registry valid at a row's time.
///
/// The tree of areas changes at few instants; between two of them (an *epoch*) a device's group never changes, so that
/// it is worked out once a series and epoch and not once a row.
struct DeviceGrouping {
  let filter: DeviceFilter
  let groupBy: GroupBy
  let directory: any DeviceDirectory
  /// The instants at which an epoch begins, the first one aside.
  let changes: [UnixNanos]
  /// The groups met so far; their numbers are places here.
  private(set) var names: [String] = []
  private var numbers: [String: Int32] = [:]

  /// Whether every device is asked for and all are one group: then no row needs to be asked whose it is.
  var isEverything: Bool { groupBy == .none && filter.device == nil && !filter.needsRegistry }

  /// The number of what is in no group.
  static let excluded: Int32 = -1

  init(filter: DeviceFilter, groupBy: GroupBy, directory: any DeviceDirectory, from: UnixNanos, to: UnixNanos) {
    self.filter = filter
    self.groupBy = groupBy
    self.directory = directory
    changes = filter.area == nil ? [] : directory.areaChanges(from: from, to: to)
  }

  /// An instant at which the tree is as it is throughout the epoch: its last change, or before all changes.
  private func instant(ofEpoch epoch: Int) -> UnixNanos {
    if epoch > 0 { return changes[epoch - 1] }
    return changes.first.map { $0 - 1 } ?? UnixNanos.max
  }

  /// The epoch of an instant.
  func epoch(of time: UnixNanos) -> Int {
    var epoch = 0
    while epoch < changes.count && changes[epoch] <= time { epoch += 1 }
    return epoch
  }

  /// The group of a device; `excluded` if it is not asked for. `reference` stands for the epoch's tree where there is
  /// but one epoch.
  mutating func group(of device: String, epoch: Int, reference: UnixNanos) -> Int32 {
    if let wanted = filter.device, wanted != device { return Self.excluded }
    let isRegistryAsked = filter.needsRegistry || (groupBy != .none && groupBy != .device)
    let facts = isRegistryAsked ? directory.device(device) : nil
    let time = changes.isEmpty ? reference : instant(ofEpoch: epoch)
    if filter.needsRegistry {
      guard let facts, matches(facts, at: time) else { return Self.excluded }
    }
    let name =
      switch groupBy {
      case .none: ""
      case .device: device
      case .area: facts?.area ?? ""
      case .deviceClass: facts?.deviceClass ?? ""
      case .domain: facts?.domain ?? ""
      case .agency: facts?.agency ?? ""
      }
    if let number = numbers[name] { return number }
    let number = Int32(names.count)
    names.append(name)
    numbers[name] = number
    return number
  }

  private func matches(_ facts: DeviceFacts, at time: UnixNanos) -> Bool {
    filter.matches(facts, at: time, directory: directory)
  }

  /// The devices that any epoch asks for; nil for all.
  func scanDevices(reference: UnixNanos) -> Set<String>? {
    if !filter.needsRegistry { return filter.device.map { [$0] } }
    let candidates = filter.device.map { id in directory.device(id).map { [$0] } ?? [] } ?? directory.devices
    let instants = changes.isEmpty ? [reference] : (0...changes.count).map { instant(ofEpoch: $0) }
    var found: Set<String> = []
    for facts in candidates where instants.contains(where: { matches(facts, at: $0) }) { found.insert(facts.id) }
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
