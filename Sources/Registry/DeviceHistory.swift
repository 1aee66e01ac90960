public import Primitives

/// What the registry said of each device, and from when: a reload changes what comes, never what was.
///
/// What a device was when it was first known holds for all time before.
public struct DeviceHistory: Sendable {
  /// What held from an instant on, until the next version's.
  public struct Version: Sendable, Hashable {
    public var from: UnixNanos
    /// nil once the registry knows it no more.
    public var device: Device?

    public init(from: UnixNanos, device: Device?) {
      self.from = from
      self.device = device
    }
  }

  /// By id; each device's versions by time.
  public private(set) var versions: [String: [Version]] = [:]

  /// Nobody was ever known.
  public init() {}

  /// Takes a version that was recorded, whatever the order.
  public mutating func insert(_ version: Version, of id: String) {
    var known = versions[id] ?? []
    // Of two at one instant the later one counts.
    known.removeAll { $0.from == version.from }
    known.insert(version, at: known.firstIndex { $0.from > version.from } ?? known.count)
    versions[id] = known
  }

  /// What the registry now says otherwise than the history: taken into it, and given back to be recorded.
  public mutating func take(_ registry: DeviceRegistry, at now: UnixNanos) -> [(id: String, version: Version)] {
    var changes: [(id: String, version: Version)] = []
    // Since when the devices of the first registry were there nobody has written down.
    let isFirst = versions.isEmpty
    for device in registry.devices where versions[device.id]?.last?.device != device.facts {
      changes.append((device.id, Version(from: isFirst ? Self.always : now, device: device.facts)))
    }
    for (id, known) in versions where known.last?.device != nil && registry.deviceIndex(id: id) == nil {
      changes.append((id, Version(from: now, device: nil)))
    }
    changes.sort { $0.id < $1.id }
    for (id, version) in changes { insert(version, of: id) }
    return changes
  }

  /// The instant from which on what the first registry said is recorded.
  public static let always: UnixNanos = 0

  /// When a device was put into the registry; nil if that was before anything was written down.
  public func addedAt(id: String) -> UnixNanos? {
    guard let first = versions[id]?.first, first.from > Self.always else { return nil }
    return first.from
  }

  /// The instants at which anything changed of a device, sorted; not that from which on it was first known.
  public func changes(id: String) -> [UnixNanos] { versions[id]?.dropFirst().map(\.from) ?? [] }

  /// What the registry said of a device at that time.
  public func device(id: String, at time: UnixNanos) -> Device? {
    guard let known = versions[id], let first = known.first else { return nil }
    return (known.last { $0.from <= time } ?? first).device
  }

  /// The instants at which anything changed, sorted; not those from which on things were first known.
  public var changes: [UnixNanos] {
    Set(versions.values.flatMap { $0.dropFirst().map(\.from) }).sorted()
  }
}

extension Device {
  /// What is recorded of it: addresses and other names are the wire's business, and change nothing that is asked.
  var facts: Device {
    var facts = self
    facts.addresses = []
    facts.aliases = []
    return facts
  }
}
