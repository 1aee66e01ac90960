import Primitives
import Telemetry
import Testing

struct SeriesListTests {
  private static func key(_ device: String, _ tags: [(String, String)] = []) -> SeriesKey {
    SeriesKey(measurement: "m", device: device, tags: tags.map { SeriesKey.Tag(name: $0.0, value: $0.1) })
  }

  @Test func keysComeBackAsTheyWere() {
    let keys = (0..<300).map { Self.key("trạm-\($0)", $0 % 3 == 0 ? [("site", "s\($0)"), ("area", "20000")] : []) }
    let list = SeriesList(keys)
    #expect(list.count == 300)
    for (number, key) in keys.enumerated() {
      #expect(list[UInt32(number)] == key)
      #expect(list.device(UInt32(number)) == key.device)
    }
  }

  /// By device, then tags, by their bytes; new keys are merged into what was sorted before.
  @Test func orderIsThatOfParts() {
    let keys = [
      Self.key("b"), Self.key("a", [("x", "2")]), Self.key("a"), Self.key("a", [("x", "10")]), Self.key("ab"),
      Self.key("a", [("x", "2"), ("y", "0")]), Self.key(""), Self.key("á"), Self.key("device-0010"),
      Self.key("device-0009"),
    ]
    let list = SeriesList(keys)
    #expect(list.sorted(count: 10).map { keys[Int($0)] } == keys.sorted(by: Self.precedes))
    let more = [Self.key("aa"), Self.key("device-0009b"), Self.key("z")]
    for key in more { list.append(key) }
    #expect(list.sorted(count: 13).map { (keys + more)[Int($0)] } == (keys + more).sorted(by: Self.precedes))
    #expect(list.sorted(count: 3).map { keys[Int($0)] } == keys[..<3].sorted(by: Self.precedes))
  }

  private static func precedes(_ a: SeriesKey, _ b: SeriesKey) -> Bool {
    let left = [a.device] + a.tags.flatMap { [$0.name, $0.value] }
    let right = [b.device] + b.tags.flatMap { [$0.name, $0.value] }
    for (one, other) in zip(left, right) where one != other {
      return one.utf8.lexicographicallyPrecedes(other.utf8)
    }
    return left.count < right.count
  }

  @Test func brokenKeysAreTold() {
    let whole = Self.key("device", [("site", "s")]).canonicalBytes
    let good = (0...whole.count).filter { CanonicalKey.isWellFormed(whole.span.bytes.extracting(0..<$0)) }
    // Cut behind the device it is another series' key.
    #expect(good == [Self.key("device").canonicalBytes.count, whole.count])
    let isKindKnown = CanonicalKey.isWellFormed(([9, 0, 1, 65, 0, 1, 66] as [UInt8]).span.bytes)
    #expect(!isKindKnown)
  }
}
