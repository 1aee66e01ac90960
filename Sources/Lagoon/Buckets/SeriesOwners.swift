import Telemetry

/// Numbers that tell the series of one table apart, the same in memory, in parts and after a restart.
///
/// Of several readings at one instant, one is a bucket's first and one its last: of one series by the order of arrival, which
/// every source keeps, of several series by this number, since nothing keeps in which order series were heard.
struct SeriesOwners {
  private var owners: [UInt32]
  private var isKnown: [Bool]

  init(seriesCount: Int) {
    owners = [UInt32](repeating: 0, count: seriesCount)
    isKnown = [Bool](repeating: false, count: seriesCount)
  }

  /// The number of a series of a list, worked out once.
  @inline(__always)
  mutating func owner(of series: UInt32, in list: SeriesList) -> UInt32 {
    if isKnown[Int(series)] { return owners[Int(series)] }
    return learn(series, list)
  }

  @inline(never)
  private mutating func learn(_ series: UInt32, _ list: SeriesList) -> UInt32 {
    let key = list[series]
    let owner = Self.owner(device: key.device, tags: key.tags)
    owners[Int(series)] = owner
    isKnown[Int(series)] = true
    return owner
  }

  /// The number of a device's series with those tags, in whatever order.
  static func owner(device: String, tags: [SeriesKey.Tag]) -> UInt32 {
    var hash = SeriesDevices.hash(device)
    for tag in tags { hash &+= SeriesDevices.hash(tag.name) &* 31 ^ SeriesDevices.hash(tag.value) }
    return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
  }
}
