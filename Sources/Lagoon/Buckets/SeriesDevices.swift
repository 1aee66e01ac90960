import Telemetry

/// The devices of one source's series: their hashes, and the place at which each was counted last.
struct SeriesDevices {
  private var hashes: [UInt64?]
  private var lastPlaces: [Int32]

  init(seriesCount: Int) {
    hashes = [UInt64?](repeating: nil, count: seriesCount)
    lastPlaces = [Int32](repeating: -1, count: seriesCount)
  }

  /// The hash of a series' device if it was not counted at that place just before.
  mutating func unseen(_ series: UInt32, at place: Int, in list: SeriesList) -> UInt64? {
    let index = Int(series)
    if lastPlaces[index] == Int32(truncatingIfNeeded: place) { return nil }
    lastPlaces[index] = Int32(truncatingIfNeeded: place)
    if let known = hashes[index] { return known }
    let hash = Self.hash(list.device(series))
    hashes[index] = hash
    return hash
  }

  /// The same for all time: FNV-1a of the bytes, finished as in MurmurHash3.
  static func hash(_ device: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in device.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
    hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return hash ^ hash >> 33
  }
}
