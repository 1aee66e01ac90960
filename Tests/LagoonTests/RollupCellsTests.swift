import Mutation
import Primitives
import Rollups
import Telemetry
import Testing

@testable import Lagoon

/// Buckets by group and number, and where they stand.
@Suite struct RollupCellsTests {
  private struct Reading {
    var value: Double
    var mantissa: Int64
    var scale: Int
    var time: UnixNanos
    var owner: UInt32
  }

  private static func reading(_ random: inout SeededRandom) -> Reading {
    let time = Int64.random(in: -3...3, using: &random)
    let owner = UInt32.random(in: 0...2, using: &random)
    if Bool.random(using: &random) {
      let mantissa = Int64.random(in: -500...500, using: &random)
      return Reading(value: Double(mantissa) / 100, mantissa: mantissa, scale: 2, time: time, owner: owner)
    }
    let value = Double(Int.random(in: -8...8, using: &random)) / 16
    return Reading(value: value, mantissa: 0, scale: -1, time: time, owner: owner)
  }

  private static func add(_ reading: Reading, to cells: inout RollupCells, at place: Int) {
    cells.add(
      reading.value, mantissa: reading.mantissa, scale: reading.scale, at: reading.time, of: reading.owner, to: place)
  }

  /// Page sizes of all kinds, groups that come in any order, and lists beside them.
  @Test(arguments: [1, 2, 31, 32, 33, 64, 1_000, 40_000, 2_000_000], [BucketNeeds.all, [], [.sum], [.first, .last]])
  func bucketsAreThoseOfLists(bucketsPerGroup: Int, needs: BucketNeeds) {
    var random = SeededRandom(UInt64(bucketsPerGroup) &+ UInt64(needs.rawValue))
    var cells = RollupCells(bucketsPerGroup: bucketsPerGroup, needs: needs)
    var lists: [BucketPlace: [Reading]] = [:]
    let edges = [0, bucketsPerGroup - 1, bucketsPerGroup / 2]
    for _ in 0..<400 {
      let group = Int32.random(in: 0..<4, using: &random) * 3
      let number =
        Bool.random(using: &random)
        ? edges[Int.random(in: 0..<3, using: &random)] : Int.random(in: 0..<bucketsPerGroup, using: &random)
      let reading = Self.reading(&random)
      lists[BucketPlace(group: group, number: number), default: []].append(reading)
      Self.add(reading, to: &cells, at: cells.place(group: group, number: number))
    }
    #expect(!cells.isTooLarge && cells.byteCount > 0)
    for group in 0..<12 {
      let places = cells.occupied(group: group)
      let numbers = lists.keys.filter { Int($0.group) == group }.map(\.number).sorted()
      #expect(places.map(\.number) == numbers && places.allSatisfy { $0.group == group })
      for place in places {
        #expect(place.index == cells.place(group: Int32(group), number: place.number))
        let list = lists[BucketPlace(place)] ?? []
        check(cells.bucket(at: place.index), list, needs)
        if needs.contains(.spread) {
          let mean = list.reduce(0) { $0 + $1.value } / Double(list.count)
          let squares = list.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) }
          let deviation = (squares / Double(list.count)).squareRoot()
          #expect(abs(cells.spread(at: place.index).deviation(count: Int64(list.count)) - deviation) < 1e-9)
        }
      }
    }
  }

  private func check(_ bucket: Bucket, _ list: [Reading], _ needs: BucketNeeds) {
    #expect(bucket.count == Int64(list.count))
    if needs.contains(.sum) {
      // Sixteenths and hundredths: all of them are exact in hundredths of sixteenths.
      let sum = list.reduce(0) { $0 + Int(($1.value * 1_600).rounded()) }
      #expect((bucket.total.value * 1_600).rounded() == Double(sum))
    }
    if needs.contains(.extremes) {
      #expect(bucket.min == list.map(\.value).min() && bucket.max == list.map(\.value).max())
    }
    if needs.contains(.first) {
      let first = list.enumerated().min {
        ($0.element.time, $0.element.owner, $0.offset) < ($1.element.time, $1.element.owner, $1.offset)
      }
      #expect(bucket.first == first?.element.value && bucket.firstTime == first?.element.time)
    }
    if needs.contains(.last) {
      let last = list.enumerated().max {
        ($0.element.time, $0.element.owner, $0.offset) < ($1.element.time, $1.element.owner, $1.offset)
      }
      #expect(bucket.last == last?.element.value && bucket.lastTime == last?.element.time)
    }
  }

  /// Sums do not depend on the order, and go beyond 64 bits.
  @Test func sumsAreExactBeyondSixtyFourBits() {
    var cells = RollupCells(bucketsPerGroup: 1, needs: [.sum, .extremes])
    let values = [Int64.max, .max, .max, 1, -1, .min, .min, .min]
    for order in [values, values.reversed()] {
      let place = cells.place(group: order == values ? 0 : 1, number: 0)
      for value in order { cells.add(Double(value), mantissa: value, scale: 0, at: 0, of: 0, to: place) }
    }
    #expect(cells.bucket(at: 0).total == cells.bucket(at: 1).total)
    #expect(cells.bucket(at: 0).total.mantissa(scale: 0) == -3)
  }

  /// Digits that a double does not hold are told as long as they are those of an edge.
  @Test func wideEdgesAreThoseOfTheBucket() throws {
    var cells = RollupCells(bucketsPerGroup: 1, needs: .all)
    let wide = Int64(1) << 53 + 1
    let place = cells.place(group: 0, number: 0)
    func add(_ value: Int64, at time: UnixNanos) {
      cells.add(Double(value), mantissa: value, scale: 0, at: time, of: 0, to: place)
    }
    add(5, at: 0)
    #expect(cells.wideEdges(at: place) == nil)
    add(wide, at: 1)
    add(wide - 2, at: 2)
    var edges = try #require(cells.wideEdges(at: place))
    #expect(edges.largest?.mantissa == wide && edges.least == nil && edges.first == nil)
    #expect(edges.last?.mantissa == nil || edges.last?.mantissa == wide - 2)
    add(7, at: 3)
    edges = try #require(cells.wideEdges(at: place))
    #expect(edges.last == nil && edges.largest?.mantissa == wide)
    add(-wide, at: -1)
    edges = try #require(cells.wideEdges(at: place))
    #expect(edges.first?.mantissa == -wide && edges.least?.mantissa == -wide)
    add(.max, at: 9)
    edges = try #require(cells.wideEdges(at: place))
    #expect(edges.largest?.mantissa == .max && edges.last?.mantissa == .max)
    #expect(cells.bucket(at: place).total.wideDigits?.mantissa == Int128(Int64.max) + 5 + 7 + Int128(wide) - 2)
  }

  /// Too large an answer takes no more memory than one page beyond.
  @Test func whatIsTooLargeGrowsNoMore() {
    var cells = RollupCells(bucketsPerGroup: Limits.buckets, needs: [])
    for number in stride(from: 0, to: Limits.buckets, by: 4_096) { _ = cells.place(group: 0, number: number) }
    _ = cells.place(group: 1, number: 0)
    #expect(cells.isTooLarge)
    let count = cells.count
    for group in 2..<100 as Range<Int32> {
      let place = cells.place(group: group, number: Limits.buckets - 1)
      #expect(place >= 0 && place < count)
      cells.add(1, mantissa: 1, scale: 0, at: 0, of: 0, to: place)
    }
    #expect(cells.count == count)
  }

  @Test func bucketsAddUpInAnyOrder() {
    var random = SeededRandom(4)
    let readings = (0..<300).map { _ in Self.reading(&random) }
    var whole = RollupCells(bucketsPerGroup: 1, needs: [.sum, .extremes])
    var merged = RollupCells(bucketsPerGroup: 1, needs: [.sum, .extremes])
    let place = whole.place(group: 0, number: 0)
    _ = merged.place(group: 0, number: 0)
    for reading in readings { Self.add(reading, to: &whole, at: place) }
    for part in readings.shuffled(using: &random).chunked(by: 7) {
      var bucket = Bucket()
      for reading in part {
        if reading.scale >= 0 {
          bucket.add(reading.value, mantissa: reading.mantissa, scale: reading.scale, at: reading.time)
        } else {
          bucket.add(reading.value, at: reading.time)
        }
      }
      merged.merge(bucket, into: 0)
    }
    merged.merge(Bucket(), into: 0)
    let (one, other) = (whole.bucket(at: 0), merged.bucket(at: 0))
    #expect(one.count == other.count && one.total.value == other.total.value)
    #expect(one.min == other.min && one.max == other.max)
  }

  // MARK: series

  @Test(
    arguments: [("", 0xefd0_1f60_ba99_2926), ("d", 0xa595_cb34_57de_825e), ("đá", 0xa1fd_7fcd_0583_6066)]
      as [(String, UInt64)])
  func hashesAreTheSameForAllTime(device: String, hash: UInt64) {
    #expect(SeriesDevices.hash(device) == hash)
  }

  @Test func ownersDoNotDependOnTheOrderOfTags() {
    let tags = [SeriesKey.Tag(name: "port", value: "1"), SeriesKey.Tag(name: "a", value: "")]
    #expect(SeriesOwners.owner(device: "d", tags: []) == 0xf24b_496a)
    #expect(SeriesOwners.owner(device: "d", tags: tags) == 0x0513_a177)
    #expect(SeriesOwners.owner(device: "d", tags: tags.reversed()) == 0x0513_a177)
    // A value is that of its own tag.
    let swapped = [SeriesKey.Tag(name: "port", value: ""), SeriesKey.Tag(name: "a", value: "1")]
    #expect(SeriesOwners.owner(device: "d", tags: swapped) != 0x0513_a177)
    let keys = [
      SeriesKey(measurement: "m", device: "d", tags: tags), SeriesKey(measurement: "other", device: "d"),
      SeriesKey(measurement: "m", device: "e"),
    ]
    var owners = SeriesOwners(seriesCount: 3)
    for _ in 0..<2 {
      for (number, key) in keys.enumerated().reversed() {
        let own = owners.owner(of: UInt32(number), in: SeriesList(keys))
        #expect(own == SeriesOwners.owner(device: key.device, tags: key.tags))
      }
    }
  }

  @Test func aDeviceIsCountedOnceAPlaceInARow() {
    let list = SeriesList(["a", "b", "a"].map { SeriesKey(measurement: "m", device: $0) })
    var devices = SeriesDevices(seriesCount: 3)
    let asked: [(UInt32, Int)] = [(0, 0), (0, 0), (1, 0), (2, 0), (0, 1), (0, 1), (0, 0), (1, .max), (1, .max)]
    let found = asked.map { devices.unseen($0.0, at: $0.1, in: list) }
    let (a, b) = (SeriesDevices.hash("a"), SeriesDevices.hash("b"))
    #expect(found == [a, nil, b, a, a, nil, a, b, nil])
  }
}

extension Array {
  /// Pieces of so many elements.
  fileprivate func chunked(by count: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
  }
}
