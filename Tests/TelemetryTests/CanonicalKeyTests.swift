import Mutation
import Telemetry
import Testing

@Suite struct CanonicalKeyTests {
  private static let key = SeriesKey(
    measurement: "rain", device: "mưa-03",
    tags: [.init(name: "site", value: "a"), .init(name: "port", value: ""), .init(name: "p", value: "é")])

  @Test func keysComeBackWithTheirTagsSorted() throws {
    let bytes = Self.key.canonicalBytes
    let isWellFormed = CanonicalKey.isWellFormed(bytes.span.bytes)
    let parsed = SeriesKey(canonicalBytes: bytes.span.bytes)
    let back = try #require(parsed)
    #expect(isWellFormed)
    #expect(back == Self.key && back.tags.map(\.name) == ["p", "port", "site"])
    let key = CanonicalKey(bytes.span.bytes)
    let (device, tableBytes, tags) = (key.device, key.tableByteCount, key.tagsOffset)
    #expect(String(decoding: bytes[device], as: UTF8.self) == "mưa-03")
    #expect(tableBytes == 7 && tags == device.upperBound)
    let site = key.value(ofTag: Array("site".utf8).span.bytes)
    let port = key.value(ofTag: Array("port".utf8).span.bytes)
    let none = key.value(ofTag: Array("por".utf8).span.bytes)
    #expect(site.map { bytes[$0].elementsEqual("a".utf8) } == true && port?.isEmpty == true && none == nil)
  }

  @Test func bothReadersAgreeOnWhatIsAKey() {
    var mutation = Mutation(seed: 8)
    let whole = Self.key.canonicalBytes
    var wellFormed = 0
    for _ in 0..<5_000 {
      let bytes = mutation.damage(whole)
      let isWellFormed = CanonicalKey.isWellFormed(bytes.span.bytes)
      let parsed = SeriesKey(canonicalBytes: bytes.span.bytes)
      #expect(isWellFormed == (parsed != nil), "\(bytes)")
      guard isWellFormed else { continue }
      wellFormed += 1
      // Every text lies within the bytes: a read beyond them traps.
      let key = CanonicalKey(bytes.span.bytes)
      _ = key.value(ofTag: [0xFF, 0xFE].span.bytes)
      _ = key.precedes(CanonicalKey(whole.span.bytes))
    }
    #expect(wellFormed > 200)
  }

  @Test func theOrderIsByDeviceThenByTagsAndTotal() {
    func bytes(_ device: String, _ tags: [(String, String)] = [], measurement: String = "m") -> [UInt8] {
      SeriesKey(measurement: measurement, device: device, tags: tags.map { .init(name: $0.0, value: $0.1) })
        .canonicalBytes
    }
    let ordered = [
      bytes(""), bytes("", [("a", "1")]), bytes("a"), bytes("a", [("b", "1")]), bytes("a", [("b", "1"), ("c", "1")]),
      bytes("a", [("b", "2")]), bytes("aaaaaaaa"), bytes("aaaaaaaab"), bytes("aaaaaaab"), bytes("b"), bytes("é"),
    ]
    for (left, a) in ordered.enumerated() {
      for (right, b) in ordered.enumerated() {
        let (key, otherKey) = (a, b)
        let precedes = CanonicalKey(key.span.bytes).precedes(CanonicalKey(otherKey.span.bytes))
        #expect(precedes == (left < right), "\(left) \(right)")
      }
    }
    // The table plays no part.
    let other = bytes("a", measurement: "zzz")
    let plain = ordered[2]
    let precedes = CanonicalKey(other.span.bytes).precedes(CanonicalKey(plain.span.bytes))
    #expect(!precedes)
  }
}
