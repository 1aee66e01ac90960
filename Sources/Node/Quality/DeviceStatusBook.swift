import Lagoon
import Pipeline
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

  /// Kinds of events that say that something begins, and that it has ended.
  private static let silence = (begin: "device.silent", end: "device.back")
  private static let range = (begin: "device.out_of_range", end: "device.in_range")
  private static let doubling = (begin: "device.doubled", end: "device.not_doubled")

  init(watchedSince: UnixNanos) {
    self.watchedSince = watchedSince
  }

  /// Takes from the events what was told last, so that a restart tells nothing twice: all that are kept, of however many
  /// devices.
  mutating func restore(_ view: LagoonView) throws {
    let pairs = [Self.silence, Self.range, Self.doubling]
    let told = try ToldStatuses(of: pairs.flatMap { [$0.begin, $0.end] }, in: view).newest
    let open = pairs.map { begin, end in
      let ends = told[end] ?? [:]
      // Devices of which the beginning was told later than the end.
      return Set((told[begin] ?? [:]).filter { $0.value > ends[$0.key] ?? .min }.keys)
    }
    (silent, outOfRange, doubled) = (open[0], open[1], open[2])
    isRestored = true
  }

  /// Who fell silent or is back.
  mutating func noteHeard(
    _ heard: HeardTimes, of devices: [Device], at now: UnixNanos
  ) -> [InternalEvent] {
    var changes: [InternalEvent] = []
    for device in devices {
      // Nobody expects anything of a device that does not say how often it sends.
      guard let seconds = device.intervalSeconds else { continue }
      let allowed = Int64(min(3 * seconds, 1e9) * Double(Nanos.perSecond))
      let last = heard[device.id]
      let isQuiet = Self.age(of: max(last ?? .min, watchedSince), at: now) > allowed
      if isQuiet && silent.insert(device.id).inserted {
        changes.append(
          Self.event(
            device.id, Self.silence.begin, "warning", now,
            last.map { "no row for \(Self.age(of: $0, at: now) / Nanos.perSecond) s, expected every \(seconds) s" }
              ?? "no row was ever seen, expected every \(seconds) s"))
      } else if let last, Self.age(of: last, at: now) <= allowed, silent.remove(device.id) != nil {
        changes.append(Self.event(device.id, Self.silence.end, "notice", now, "rows come again"))
      }
    }
    return changes
  }

  /// How long ago that was, as far as a number can say it: a device's time may be of another century.
  private static func age(of time: UnixNanos, at now: UnixNanos) -> Int64 {
    let (age, overflow) = now.subtractingReportingOverflow(time)
    return overflow ? (now < time ? .min : .max) : age
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
      changes.append(Self.event(device, Self.range.begin, "warning", now, message))
    }
    for device in outOfRange.sorted() where wrong[device] == nil && seen.contains(device) {
      outOfRange.remove(device)
      changes.append(Self.event(device, Self.range.end, "notice", now, "readings are in their range again"))
    }
    return changes
  }

  /// Who sent rows twice since the last time, or does so no more.
  mutating func noteDoubled(_ counts: [String: UInt64], at now: UnixNanos) -> [InternalEvent] {
    var changes: [InternalEvent] = []
    for (device, count) in counts.sorted(by: { $0.key < $1.key }) where doubled.insert(device).inserted {
      changes.append(Self.event(device, Self.doubling.begin, "notice", now, "\(count) rows came twice"))
    }
    for device in doubled.sorted() where counts[device] == nil {
      doubled.remove(device)
      let message = "no row came twice in the last minute"
      changes.append(Self.event(device, Self.doubling.end, "informational", now, message))
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
