import Mutation
import Primitives
import Testing

@testable import Protocols

@Suite struct SeriesCacheTests {
  private static let hash = KeyHash(seed: 5)

  private static func key(_ number: Int, bytes: Int = 0) -> [UInt8] {
    Array("rain,device=d\(number)".utf8) + [UInt8](repeating: 0x78, count: bytes)
  }

  private static func insert(
    _ key: [UInt8], _ cache: inout SeriesCache, sum: UInt64? = nil, segment: UInt64 = 1
  )
    -> SeriesCache.Place?
  {
    let canonical = [0, 1] + key.reversed()
    return cache.insert(
      key.span.bytes, hash: sum ?? hash.hash(key.span.bytes), canonical: canonical.span.bytes,
      table: UInt32(key.count), segment: segment)
  }

  private static func find(_ key: [UInt8], _ cache: borrowing SeriesCache, sum: UInt64? = nil) -> SeriesCache.Place? {
    cache.find(key.span.bytes, hash: sum ?? hash.hash(key.span.bytes))
  }

  @Test func manySeriesAreFoundAsTheyWereEntered() throws {
    var cache = SeriesCache()
    var places: [SeriesCache.Place] = []
    for number in 0..<5_000 {
      let key = Self.key(number, bytes: number % 50)
      let before = Self.find(key, cache)
      #expect(before == nil)
      let made = Self.insert(key, &cache)
      places.append(try #require(made))
    }
    for number in 0..<5_000 {
      let key = Self.key(number, bytes: number % 50)
      let found = Self.find(key, cache)
      let place = try #require(found)
      let told = (cache.number(place), cache.table(place))
      #expect(place == places[number] && told == (UInt32(number), UInt32(key.count)))
      let wanted = [0, 1] + key.reversed()
      let isSame = cache.canonicalKey(place).equals(wanted.span.bytes)
      #expect(isSame)
    }
    let count = cache.count
    #expect(count == 5_000)
  }

  /// Keys of one hash, as a sender would like to make them, are told apart by their bytes.
  @Test func keysOfOneHashAreTwoSeries() throws {
    var cache = SeriesCache()
    for number in 0..<200 { _ = Self.insert(Self.key(number), &cache, sum: 0xFFFF_FFFF_FFFF_FFFF) }
    for number in 0..<200 {
      let found = Self.find(Self.key(number), cache, sum: .max)
      let place = try #require(found)
      let own = cache.number(place)
      #expect(own == UInt32(number))
    }
    let none = Self.find(Self.key(200), cache, sum: .max)
    #expect(none == nil)
  }

  @Test func keysOfEveryLength() {
    var cache = SeriesCache()
    let lengths = [0, 1, 7, 8, 9, Limits.seriesKeyBytes - 1, Limits.seriesKeyBytes]
    // Enough to fill more than one block of a mebibyte.
    for round in 0..<100 {
      for length in lengths {
        let key = [UInt8](repeating: UInt8(round), count: length)
        if length == 0 && round > 0 { continue }
        let made = Self.insert(key, &cache)
        #expect(made != nil)
      }
    }
    for round in 0..<100 {
      for length in lengths where length > 0 {
        let found = Self.find([UInt8](repeating: UInt8(round), count: length), cache)
        #expect(found != nil)
      }
    }
    let bytes = cache.byteCount
    #expect(bytes >= 100 * 2 * 2 * Limits.seriesKeyBytes)
  }

  @Test func whatASeriesRemembers() throws {
    var cache = SeriesCache()
    let made = Self.insert(Self.key(1), &cache, segment: 7)
    let place = try #require(made)
    let isFresh = !cache.isDefined(place, in: 7) && cache.layout(place) == .max && !cache.isHeard(place, before: 7)
    #expect(isFresh)
    cache.setDefined(place, in: 7)
    cache.setLayout(place, 3)
    let isKept = cache.isDefined(place, in: 7) && !cache.isDefined(place, in: 8) && cache.layout(place) == 3
    let isHeard = cache.isHeard(place, before: 8)
    #expect(isKept && isHeard)
  }

  @Test func lookingAheadNeverGoesAstray() {
    var cache = SeriesCache()
    let empty = cache.touch(cache.likelyPlace(hash: 9))
    #expect(empty == 0)
    for number in 0..<100 { _ = Self.insert(Self.key(number), &cache) }
    for hash in 0..<4_096 as Range<UInt64> { _ = cache.touch(cache.likelyPlace(hash: hash)) }
  }
}
