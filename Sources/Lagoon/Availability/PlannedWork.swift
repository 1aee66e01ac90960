public import Primitives

/// Work on devices that was planned: its time counts neither as live nor as an outage.
public struct PlannedWork: Hashable, Sendable {
  /// Whose time it is.
  public enum Subject: Hashable, Sendable {
    case device(String)
    /// An area and everything under it, as the tree is meanwhile.
    case area(String)
    case deviceClass(String)
  }

  public var subject: Subject
  /// Half-open.
  public var from: UnixNanos
  public var to: UnixNanos
  public var note: String

  public init(_ subject: Subject, from: UnixNanos, to: UnixNanos, note: String = "") {
    self.subject = subject
    self.from = from
    self.to = to
    self.note = note
  }
}

/// Planned work by whom it concerns: many devices stand in few areas, and each area is looked up once.
struct PlannedTimes {
  private var byDevice: [String: [PlannedWork]] = [:]
  private var byClass: [String: [PlannedWork]] = [:]
  private var ofAreas: [(code: String, work: PlannedWork)] = []
  private var byPlace: [Place: [Range<UnixNanos>]] = [:]
  private let directory: any DeviceDirectory

  private struct Place: Hashable {
    var area: String
    var time: UnixNanos
  }

  init(_ planned: [PlannedWork], directory: any DeviceDirectory) {
    self.directory = directory
    for work in planned where work.from < work.to {
      switch work.subject {
      case .device(let id): byDevice[id, default: []].append(work)
      case .deviceClass(let name): byClass[name, default: []].append(work)
      case .area(let code): ofAreas.append((code, work))
      }
    }
  }

  /// Adds what is planned for a device within a stretch of time in which the registry says the same of it.
  mutating func add(for facts: DeviceFacts, within stretch: Range<UnixNanos>, to ranges: inout [Range<UnixNanos>]) {
    for work in byDevice[facts.id] ?? [] { Self.add(work.from..<work.to, stretch, &ranges) }
    for work in byClass[facts.deviceClass] ?? [] { Self.add(work.from..<work.to, stretch, &ranges) }
    if ofAreas.isEmpty || facts.area.isEmpty { return }
    for range in ofArea(facts.area, at: stretch.lowerBound) { Self.add(range, stretch, &ranges) }
  }

  private static func add(
    _ range: Range<UnixNanos>, _ stretch: Range<UnixNanos>, _ ranges: inout [Range<UnixNanos>]
  ) {
    let shared = range.clamped(to: stretch)
    if !shared.isEmpty { ranges.append(shared) }
  }

  private mutating func ofArea(_ area: String, at time: UnixNanos) -> [Range<UnixNanos>] {
    let place = Place(area: area, time: time)
    if let known = byPlace[place] { return known }
    let found = ofAreas.filter { directory.isArea(area, within: $0.code, at: time) }.map { $0.work.from..<$0.work.to }
    byPlace[place] = found
    return found
  }
}
