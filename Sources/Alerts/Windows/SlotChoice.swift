import Lagoon
import Primitives

/// Which devices of a window a rule is about, by their number, and what they are told as. Found once a device.
struct SlotChoice {
  struct Key: Hashable {
    var filter: DeviceFilter
    var scope: AlertScope
  }

  let key: Key
  /// By number of the device: a place in `names`, or `excluded`.
  private var groups: ContiguousArray<Int32> = []
  private var names: [String] = []
  private var numbers: [String: Int32] = [:]

  private static let excluded: Int32 = -1

  init(_ key: Key) {
    self.key = key
  }

  /// Looks at the devices that have come since.
  mutating func extend(to devices: [String], directory: any DeviceDirectory, at now: UnixNanos) {
    if groups.count == devices.count { return }
    let choice = SubjectChoice(filter: key.filter, scope: key.scope, directory: directory)
    for device in devices[groups.count...] {
      guard let subject = choice.subject(ofDevice: device, at: now) else {
        groups.append(Self.excluded)
        continue
      }
      // Every device is told as itself.
      groups.append(key.scope == .device ? 0 : number(of: subject))
    }
  }

  private mutating func number(of subject: String) -> Int32 {
    if let number = numbers[subject] { return number }
    let number = Int32(names.count)
    names.append(subject)
    numbers[subject] = number
    return number
  }

  /// Whether the rule is about a device.
  @inline(__always)
  func takes(_ slot: Int) -> Bool { groups[slot] >= 0 }

  /// What the devices of each area, class or all together sent.
  func groups(of sums: WindowSums) -> [(String, WindowSums.Group)] {
    var found = [WindowSums.Group](repeating: WindowSums.Group(), count: names.count)
    for slot in 0..<sums.slotCount where groups[slot] >= 0 && !sums.isEmpty(slot) {
      sums.add(slot, to: &found[Int(groups[slot])])
    }
    return Array(zip(names, found))
  }
}
