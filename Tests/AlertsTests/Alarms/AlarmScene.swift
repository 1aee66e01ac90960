import Lagoon
import Primitives
import Testing

@testable import Alerts

/// A registry, devices that are heard or not, and a book of alarms, second by second.
struct AlarmScene {
  struct Directory: DeviceDirectory {
    var devices: [DeviceFacts] = []
    /// Area by the one above it.
    var areas: [String: String] = [:]

    func device(_ id: String) -> DeviceFacts? { devices.first { $0.id == id } }
    func isArea(_ code: String, within ancestor: String, at time: UnixNanos) -> Bool {
      areaPath(of: code, at: time).contains(ancestor)
    }
    func areaPath(of code: String, at time: UnixNanos) -> [String] {
      (areas[code].map { areaPath(of: $0, at: time) } ?? []) + [code]
    }
    func changes(from: UnixNanos, to: UnixNanos) -> [UnixNanos] { [] }
  }

  /// How long each device may be silent.
  static let allowedSeconds: Int64 = 6
  var directory = Directory()
  var book = AlarmBook { key, time in "\(key.text)@\(time / Nanos.perSecond)" }
  var now: UnixNanos = 1_000 * Nanos.perSecond
  var heard: [String: UnixNanos] = [:]
  var mute: Set<String> = []
  private(set) var changes: [AlarmChange] = []
  private var silent: Set<String> = []

  mutating func add(
    _ id: String, area: String = "", parent: String = "", deviceClass: String = "camera", interval: Double = 2
  ) {
    var facts = DeviceFacts(id: id, deviceClass: deviceClass, area: area, intervalSeconds: interval)
    facts.parent = parent
    directory.devices.append(facts)
    heard[id] = now
  }

  /// Seconds go by: whoever is not mute is heard each second, or as often as it sends; silences are raised and cleared.
  mutating func run(seconds: Int) {
    for _ in 0..<seconds {
      now += Nanos.perSecond
      for device in directory.devices where !mute.contains(device.id) {
        let interval = Int64(device.intervalSeconds ?? 1)
        if interval <= 2 || now / Nanos.perSecond % interval == 0 { heard[device.id] = now }
      }
      look()
    }
  }

  func allowed(_ device: DeviceFacts) -> Int64 {
    max(Self.allowedSeconds, Int64(3 * (device.intervalSeconds ?? 1))) * Nanos.perSecond
  }

  mutating func look() {
    for device in directory.devices {
      let age = now - (heard[device.id] ?? 0)
      let key = AlarmKey(rule: "silent", scope: .device, subject: device.id)
      if age > allowed(device), silent.insert(device.id).inserted {
        _ = book.raise(
          AlarmCondition(
            key: key, kind: .silence, severity: .error, since: now, fired: now, message: "\(device.id) is silent"))
      } else if age <= allowed(device), silent.remove(device.id) != nil {
        book.clear(key, at: now)
      }
    }
    settle()
  }

  mutating func settle() {
    let allowed = Dictionary(uniqueKeysWithValues: directory.devices.map { ($0.id, self.allowed($0)) })
    book.settle(in: AlarmWorld(directory: directory, now: now, heard: HeardTimes(heard), allowedNanos: allowed))
    changes += book.takeChanges()
  }

  /// What opens by an event.
  mutating func event(
    _ rule: String, _ device: String, _ values: [String] = [], hold: Int64 = 0, clearAfter: Int64? = nil,
    explains: Bool = false
  ) {
    var condition = AlarmCondition(
      key: AlarmKey(rule: rule, scope: .device, subject: device, values: values), kind: .event, severity: .critical,
      since: now, fired: now, message: "\(rule) \(device)")
    if hold > 0 { condition.heldUntil = now + hold * Nanos.perSecond }
    condition.clearAfterNanos = clearAfter.map { $0 * Nanos.perSecond }
    condition.explainsSilence = explains
    _ = book.raise(condition)
    settle()
  }

  /// Those that last, as `rule subject (children)`.
  var lasting: [String] {
    book.alarms.values.map { alarm in
      alarm.key.subject + (alarm.children.isEmpty ? "" : " (\(alarm.children.count))")
    }.sorted()
  }

  /// All that are named in alarms that last.
  var named: Set<String> { book.alarms.values.reduce(into: []) { $0.formUnion($1.devices) } }

  var opened: [Alarm] { changes.filter { $0.what == .opened }.map(\.alarm) }
  var closed: [AlarmChange] { changes.filter { $0.what == .closed || $0.what == .taken } }
}
