import Primitives
import Registry
import Telemetry

/// When the devices that are asked for were heard last, as far as the last day goes.
struct SeenDevices {
  private(set) var lastSeen: [String: UnixNanos] = [:]
  /// Who has sent to each table, by its name.
  private var senders: [(table: String, devices: Set<String>)] = []

  /// - Parameters:
  ///   - grouping: which devices are asked for.
  ///   - missing: takes what cannot be read: the rest is found.
  init(
    _ grouping: DeviceGrouping, on view: LagoonView, cache: NewestRowsCache, heard: HeardCache,
    missing: inout MissingTables
  ) throws {
    let wanted = grouping.scanDevices()
    let steady = grouping.steadySpan
    let heard = try heard.heard(on: view, missing: &missing)
    for table in view.tables.values {
      switch table.name {
      case .readings, .events: break
      case .rollups, .devices, .audit: continue
      }
      let newest = try NewestRows(
        of: table, devices: wanted, isExhaustive: grouping.filter.device != nil, leavesOutTold: true, view: view,
        cache: cache, missing: &missing)
      var devices: Set<String> = []
      devices.reserveCapacity(newest.rows.count)
      for (owner, rows) in newest.rows {
        let device = owner.device
        // One that came into the scope since has sent nothing in it yet.
        if let row = rows.first, !steady.contains(row.time), !grouping.scope.takes(device, at: row.time) { continue }
        // Of long ago, if it was not heard since.
        lastSeen[device] = max(lastSeen[device] ?? .min, heard[device] ?? rows.map(\.arrivalNanos).max() ?? .min)
        devices.insert(device)
      }
      senders.append((table.name.displayName, devices))
    }
  }

  /// The names of the tables that a device has sent to, sorted.
  func tables(of device: String) -> [String] {
    senders.lazy.filter { $0.devices.contains(device) }.map(\.table).sorted()
  }

  /// Calls `body` with each device of the registry and each that was heard without being in it, by id, until it is false.
  ///
  /// - Parameters:
  ///   - device: it alone; nil for all.
  ///   - cursor: only those behind it.
  func forEach(
    in directory: any DeviceDirectory, device: String?, after cursor: String? = nil,
    _ body: (_ id: String, _ facts: DeviceFacts?) -> Bool
  ) {
    if let device {
      let facts = directory.device(device)
      if (facts != nil || lastSeen[device] != nil) && cursor.map({ device > $0 }) ?? true { _ = body(device, facts) }
      return
    }
    let known = directory.devices
    var unknown = strangers(to: known)[...]
    var next = 0
    if let cursor {
      next = Self.firstPlace(behind: cursor, in: known)
      unknown = unknown.drop { $0 <= cursor }
    }
    while next < known.count || !unknown.isEmpty {
      if let id = unknown.first, next == known.count || id < known[next].id {
        unknown.removeFirst()
        if !body(id, nil) { return }
      } else {
        next += 1
        if !body(known[next - 1].id, known[next - 1]) { return }
      }
    }
  }

  /// Who was heard without being among them, sorted.
  private func strangers(to known: [DeviceFacts]) -> [String] {
    var strangers = Set(lastSeen.keys)
    for facts in known {
      if strangers.isEmpty { break }
      strangers.remove(facts.id)
    }
    return strangers.sorted()
  }

  private static func firstPlace(behind cursor: String, in known: [DeviceFacts]) -> Int {
    var (low, high) = (0, known.count)
    while low < high {
      let middle = (low + high) / 2
      if known[middle].id <= cursor { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
