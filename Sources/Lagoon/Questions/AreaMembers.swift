import Primitives
import Registry
import Synchronization

/// Who stands in an area, or under it, on a day: many devices stand in few areas, and those few are asked for again.
final class AreaMembers: Sendable {
  private let idsByArea: [String: [String]]
  /// Those that moved, or left: they may have stood anywhere.
  private let others: [String]
  private let known = Mutex<[Key: [String]]>([:])
  private static let knownAtMost = 1_024

  private struct Key: Hashable, Sendable {
    var area: String
    var day: CalendarDate
  }

  /// - Parameters:
  ///   - unchanged: devices that always were what they are.
  ///   - others: all devices.
  init(_ unchanged: [String: DeviceFacts], others: [String]) {
    idsByArea = Dictionary(grouping: unchanged.keys) { unchanged[$0]?.area ?? "" }
    self.others = others.filter { unchanged[$0] == nil }
  }

  /// All devices that stand there, and maybe some that do not.
  func candidates(in area: String, on day: CalendarDate, tree: AreaTree) -> [String] {
    let key = Key(area: area, day: day)
    if let found = known.withLock({ $0[key] }) { return found }
    let found = idsByArea.filter { tree.isWithin($0.key, area, on: day) }.flatMap(\.value) + others
    known.withLock { known in
      if known.count >= Self.knownAtMost { known = [:] }
      known[key] = found
    }
    return found
  }
}
