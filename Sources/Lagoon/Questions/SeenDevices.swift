import Primitives
import Registry
import Telemetry

/// When the devices that are asked for were heard last, as far as the last day goes.
struct SeenDevices {
  private(set) var lastSeen: [String: UnixNanos] = [:]
  /// The tables that each has sent to, where that is wanted.
  private(set) var tables: [String: Set<String>] = [:]

  /// - Parameters:
  ///   - grouping: which devices are asked for.
  ///   - namesTables: whether it is wanted what each has sent to.
  ///   - missing: takes what cannot be read: the rest is found.
  init(
    _ grouping: DeviceGrouping, on view: LagoonView, cache: NewestRowsCache, heard: HeardCache, namesTables: Bool,
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
      for (device, rows) in newest.found {
        // One that came into the scope since has sent nothing in it yet.
        if let row = rows.first, !steady.contains(row.time), !grouping.scope.takes(device, at: row.time) { continue }
        // Of long ago, if it was not heard since.
        lastSeen[device] = max(lastSeen[device] ?? .min, heard[device] ?? rows.map(\.arrivalNanos).max() ?? .min)
        if namesTables { tables[device, default: []].insert(table.name.displayName) }
      }
    }
  }

  /// Devices that were heard, and those of a registry.
  func ids(with directory: any DeviceDirectory) -> Set<String> {
    var ids = Set(lastSeen.keys)
    for facts in directory.devices { ids.insert(facts.id) }
    return ids
  }
}
