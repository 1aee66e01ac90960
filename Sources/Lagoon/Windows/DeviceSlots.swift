import Telemetry

/// Numbers devices as they are met, and remembers the number of each series of one list.
struct DeviceSlots {
  private(set) var devices: [String] = []
  private var numbers: [String: Int32] = [:]
  /// What `slots` and `owners` are about.
  private var list: SeriesList?
  private var slots: [Int32] = []
  private var owners: [UInt32] = []

  private static let unknown: Int32 = -1

  /// The number of a device; nil if it was not met.
  func number(of device: String) -> Int? { numbers[device].map { Int($0) } }

  /// Turns to the series of a list. Those of the list before are remembered as long as no other comes.
  mutating func turn(to list: SeriesList) {
    if self.list !== list {
      self.list = list
      (slots, owners) = ([], [])
    }
    let more = list.count - slots.count
    if more <= 0 { return }
    slots.append(contentsOf: repeatElement(Self.unknown, count: more))
    owners.append(contentsOf: repeatElement(0, count: more))
  }

  /// Learns the devices of rows' series.
  mutating func learn(_ series: Span<UInt32>, from first: Int) {
    for row in first..<series.count where slots[Int(series[row])] < 0 { learn(series[row]) }
  }

  /// The number of each series' device, of those that were learnt.
  var slotsBySeries: Span<Int32> { slots.span }
  /// What tells each series from others of one device.
  var ownersBySeries: Span<UInt32> { owners.span }

  @inline(never)
  private mutating func learn(_ series: UInt32) {
    guard let list else { fatalError("BUG: a series of no list") }
    let key = list[series]
    let slot = numbers[key.device] ?? Int32(devices.count)
    if slot == devices.count {
      devices.append(key.device)
      numbers[key.device] = slot
    }
    slots[Int(series)] = slot
    owners[Int(series)] = SeriesOwners.owner(device: key.device, tags: key.tags)
  }

  /// Memory held, in bytes, about.
  var byteCount: Int { 8 * slots.count + 96 * devices.count }
}
