import Lagoon
import Primitives
import Registry
import Telemetry

/// What is known of devices' status, and what of it changed: told once when it begins and once when it ends.
struct DeviceStatusBook {
  private(set) var isRestored = false
  /// Silence counts from there at the earliest: what a node did not hear while it was down says nothing.
  private let watchedSince: UnixNanos
  private var silent: Set<String> = []
  private var outOfRange: Set<String> = []
  private var doubled: Set<String> = []

  /// How far back what was told last is looked for.
  private static let memoryNanos = 30 * Nanos.perDay
  private static let eventsAtMost = 10_000

  init(watchedSince: UnixNanos) {
    self.watchedSince = watchedSince
  }

  /// Takes from the events what was told last, so that a restart tells nothing twice.
  mutating func restore(_ view: LagoonView, directory: any DeviceDirectory, now: UnixNanos) throws {
    silent = try open(from: "device.silent", to: "device.back", view, directory, now)
    outOfRange = try open(from: "device.out_of_range", to: "device.in_range", view, directory, now)
    doubled = try open(from: "device.doubled", to: "device.not_doubled", view, directory, now)
    isRestored = true
  }

  /// Devices of which the beginning was told later than the end.
  private func open(
    from beginning: String, to end: String, _ view: LagoonView, _ directory: any DeviceDirectory, _ now: UnixNanos
  ) throws -> Set<String> {
    func newest(_ kind: String) throws -> [String: UnixNanos] {
      let query = EventsQuery(
        from: now - Self.memoryNanos, to: now + Nanos.perDay, kind: kind, limit: Self.eventsAtMost)
      let rows = try query.run(on: view, directory: directory).rows
      return Dictionary(rows.map { ($0.device, $0.time) }, uniquingKeysWith: max)
    }
    let ends = try newest(end)
    return Set(try newest(beginning).filter { $0.value > ends[$0.key] ?? .min }.keys)
  }

  /// Who fell silent or is back.
  mutating func noteHeard(
    _ heard: [String: UnixNanos], of devices: [Device], at now: UnixNanos
  ) -> [InternalEvent] {
    var changes: [InternalEvent] = []
    for device in devices {
      // Nobody expects anything of a device that does not say how often it sends.
      guard let seconds = device.intervalSeconds else { continue }
      let allowed = Int64(min(3 * seconds, 1e9) * Double(Nanos.perSecond))
      let last = heard[device.id]
      let isQuiet = now - max(last ?? .min, watchedSince) > allowed
      if isQuiet && silent.insert(device.id).inserted {
        changes.append(
          Self.event(
            device.id, "device.silent", "warning", now,
            last.map { "no row for \((now - $0) / Nanos.perSecond) s, expected every \(seconds) s" }
              ?? "no row was ever seen, expected every \(seconds) s"))
      } else if let last, now - last <= allowed, silent.remove(device.id) != nil {
        changes.append(Self.event(device.id, "device.back", "notice", now, "rows come again"))
      }
    }
    return changes
  }

  /// Whose newest readings lie outside of their range, or in it again.
  mutating func noteRanges(
    _ ranges: [ValueRange], of registry: DeviceRegistry, _ view: LagoonView, _ directory: any DeviceDirectory,
    _ cache: NewestRowsCache, at now: UnixNanos
  ) throws -> [InternalEvent] {
    var wrong: [String: String] = [:]
    var seen: Set<String> = []
    for (measurement, ranges) in Dictionary(grouping: ranges, by: \.measurement) {
      guard view.tables[.readings(measurement)] != nil else { continue }
      var query = LatestQuery(measurement: measurement, limit: 10_000)
      repeat {
        let page = try query.run(on: view, directory: directory, cache: cache)
        for row in page.rows {
          seen.insert(row.device)
          for range in ranges
          where range.deviceClass.isEmpty || registry.device(id: row.device)?.deviceClass == range.deviceClass {
            guard let value = row.number(of: range.field), !(range.least...range.largest).contains(value) else {
              continue
            }
            wrong[row.device] =
              "\(measurement) \(range.field) is \(value), which is not in \(range.least)...\(range.largest)"
          }
        }
        query.cursor = page.next
      } while query.cursor != nil
    }
    var changes: [InternalEvent] = []
    for (device, message) in wrong.sorted(by: { $0.key < $1.key }) where outOfRange.insert(device).inserted {
      changes.append(Self.event(device, "device.out_of_range", "warning", now, message))
    }
    for device in outOfRange.sorted() where wrong[device] == nil && seen.contains(device) {
      outOfRange.remove(device)
      changes.append(Self.event(device, "device.in_range", "notice", now, "readings are in their range again"))
    }
    return changes
  }

  /// Who sent rows twice since the last time, or does so no more.
  mutating func noteDoubled(_ counts: [String: UInt64], at now: UnixNanos) -> [InternalEvent] {
    var changes: [InternalEvent] = []
    for (device, count) in counts.sorted(by: { $0.key < $1.key }) where doubled.insert(device).inserted {
      changes.append(Self.event(device, "device.doubled", "notice", now, "\(count) rows came twice"))
    }
    for device in doubled.sorted() where counts[device] == nil {
      doubled.remove(device)
      changes.append(Self.event(device, "device.not_doubled", "info", now, "no row came twice in the last minute"))
    }
    return changes
  }

  private static func event(
    _ device: String, _ kind: String, _ severity: String, _ time: UnixNanos, _ message: String
  ) -> InternalEvent {
    InternalEvent(time: time, device: device, severity: severity, kind: kind, message: message, attributes: "{}")
  }
}

extension ResultRow {
  /// A field's number; nil if it has none.
  fileprivate func number(of field: String) -> Double? {
    switch fields.first(where: { $0.name == field })?.value {
    case .integer(let value): Double(value)
    case .decimal(let mantissa, let scale): DecimalNumber.double(mantissa: mantissa, scale: scale)
    case .double(let value): value
    case .boolean, .string, nil: nil
    }
  }
}
