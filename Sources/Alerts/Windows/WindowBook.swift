public import Lagoon
public import Primitives
import Rollups

/// The windows of all rules, kept from look to look, so that each reading is gone through once for all rules of its field
/// and window. What cannot be kept so is asked anew with each look: see `WindowLook`.
public struct WindowBook {
  private struct Key: Hashable {
    var measurement: String
    var field: String
    var lengthNanos: Int64
  }

  private var kept: [Key: KeptWindow] = [:]
  /// Windows that memory has no room for, and until when that is not tried again.
  private var refused: [Key: UnixNanos] = [:]
  private var edition: UInt64?
  private var lastLook = UnixNanos.min
  private let byteLimit: Int

  private static let refusedNanos = Nanos.perHour

  public init(byteLimit: Int = Limits.followedBytes) {
    self.byteLimit = byteLimit
  }

  private static func key(_ rule: AlertRule) -> (Key, Aggregate)? {
    guard case .threshold(let threshold) = rule.kind, rule.filter.tags.isEmpty else { return nil }
    let key = Key(measurement: threshold.measurement, field: threshold.field, lengthNanos: threshold.windowNanos)
    return DeviceWindow.canFollow(threshold.aggregate) ? (key, threshold.aggregate) : nil
  }

  /// Takes the rules in force: windows of others are let go.
  public mutating func retain(_ rules: [AlertRule]) {
    var wanted: [Key: Set<Aggregate>] = [:]
    for rule in rules { if let (key, aggregate) = Self.key(rule) { wanted[key, default: []].insert(aggregate) } }
    kept = kept.filter { wanted[$0.key] == $0.value.aggregates }
    refused = refused.filter { wanted[$0.key] != nil }
    for (key, aggregates) in wanted where kept[key] == nil {
      let window = DeviceWindow(
        measurement: key.measurement, field: key.field, lengthNanos: key.lengthNanos, aggregates: Array(aggregates))
      if let window { kept[key] = KeptWindow(window: window, aggregates: aggregates) }
    }
  }

  /// How far it went through each table's rows in memory.
  public var positions: [TableName: [UInt64: Int]] {
    var found: [TableName: [UInt64: Int]] = [:]
    // All of one table went as far, but for those that begin anew.
    for kept in kept.values where kept.fault == nil && kept.window.span != nil {
      found[.readings(kept.window.measurement)] = kept.window.positions
    }
    return found
  }

  /// Memory held, in bytes, about.
  public var byteCount: Int { kept.values.reduce(0) { $0 + $1.window.byteCount } }

  /// Goes through what came since the last look. What cannot be read is told to the rules that need it.
  public mutating func advance(on view: LagoonView, directory: any DeviceDirectory, to now: UnixNanos) {
    let isOther =
      directory.edition != edition || now < lastLook || !directory.changes(from: lastLook, to: now + 1).isEmpty
    (edition, lastLook) = (directory.edition, now)
    // Not over the keys themselves: they would keep a second hold of all windows, which would be copied then.
    for key in Array(kept.keys) where refused[key].map({ $0 <= now }) ?? true {
      refused[key] = nil
      kept[key]?.advance(on: view, to: now, forgetting: isOther)
      makeRoom(at: now)
    }
  }

  /// Lets go of the largest windows while all together are too large.
  private mutating func makeRoom(at now: UnixNanos) {
    while byteCount > byteLimit, let key = kept.max(by: { $0.value.window.byteCount < $1.value.window.byteCount })?.key
    {
      refused[key] = now + Self.refusedNanos
      kept[key]?.letGo()
    }
  }

  /// What a rule sees at the moment of the last look. Of those that are well only the ones are told that are followed;
  /// nil if it has to be asked otherwise.
  ///
  /// - Throws: `QueryError`, or what the reader throws.
  public mutating func observations(
    _ threshold: AlertThreshold, of rule: AlertRule, directory: any DeviceDirectory,
    followed: some Collection<String>
  ) throws -> [AlertObservation]? {
    guard let (key, _) = Self.key(rule), refused[key] == nil, kept[key] != nil else { return nil }
    return try kept[key]?.observations(threshold, of: rule, directory: directory, at: lastLook, followed: followed)
  }
}
