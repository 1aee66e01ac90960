import Lagoon
import Primitives

/// Which devices are silent, and what may be the cause of it, at one moment.
struct Silences {
  private let world: AlarmWorld
  private var keysOf: [String: [AlarmKey]] = [:]
  /// Devices that are not silent themselves, and explain the silence of others.
  private var explaining: Set<String> = []
  private var planned: Set<String> = []
  private var roots: [String: String] = [:]
  private var storms: [String: String] = [:]

  init(_ book: AlarmBook, _ world: AlarmWorld) {
    self.world = world
    for condition in book.conditions.values {
      guard let device = condition.key.device else { continue }
      if condition.kind == .silence {
        keysOf[device, default: []].append(condition.key)
      } else if condition.explainsSilence {
        explaining.insert(device)
      }
    }
    for (device, keys) in keysOf {
      keysOf[device] = keys.sorted()
      if book.isPlanned(keys[0], in: world) { planned.insert(device) }
    }
    for device in keysOf.keys { roots[device] = findRoot(device) }
  }

  var isEmpty: Bool { keysOf.isEmpty }
  /// In a fixed order.
  var devices: [String] { keysOf.keys.sorted() }
  func keys(of device: String) -> [AlarmKey] { keysOf[device] ?? [] }
  func isPlanned(_ device: String) -> Bool { planned.contains(device) }

  /// The storm that a device's silence belongs to.
  func storm(of device: String) -> String? { storms[device] }
  mutating func forget(storm: String) { storms = storms.filter { $0.value != storm } }
  mutating func put(_ device: String, in storm: String) { storms[device] = storm }

  /// What its silence comes from as far up as all is down; itself if nothing explains it.
  func root(of device: String) -> String { roots[device] ?? device }

  private func isDown(_ device: String) -> Bool { keysOf[device] != nil || explaining.contains(device) }

  private func findRoot(_ device: String) -> String {
    var top = device
    var seen: Set<String> = [device]
    var next = world.directory.device(device)?.parent ?? ""
    while !next.isEmpty, seen.insert(next).inserted {
      if isDown(next) {
        top = next
      } else if world.allowedNanos[next] != nil {
        // It is watched, and well.
        break
      }
      next = world.directory.device(next)?.parent ?? ""
    }
    return top
  }

  /// Whether what it depends on may be about to fall silent: then it is waited for.
  func mayHaveCause(_ device: String) -> Bool {
    guard let facts = world.directory.device(device), !facts.parent.isEmpty,
      let parent = world.directory.device(facts.parent), world.allowedNanos[parent.id] != nil
    else { return false }
    if world.isOverdue(parent) { return true }
    guard let parentHeard = world.heard[parent.id] else { return true }
    guard let heard = world.heard[device] else { return false }
    // Heard since, it has outlived this one.
    let (later, overflow) = parentHeard.subtractingReportingOverflow(heard)
    return !overflow && later <= world.intervalNanos(facts)
  }
}
