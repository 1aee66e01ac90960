import Telemetry
import Testing

@testable import Lagoon

@Suite struct SeriesIndexTests {
  @Test func keysAreFoundHoweverManyThereAre() {
    let list = SeriesList()
    var index = SeriesIndex()
    for number in 0..<3_000 {
      let key = SeriesKey(measurement: "m", device: "d\(number)").canonicalBytes
      let before = index.find(key.span.bytes, in: list)
      #expect(before == nil)
      index.insert(key.span.bytes, number: list.append(canonicalKey: key.span.bytes))
    }
    for number in 0..<3_000 as Range<UInt32> {
      let key = SeriesKey(measurement: "m", device: "d\(number)").canonicalBytes
      let found = index.find(key.span.bytes, in: list)
      #expect(found == number)
    }
    let key = SeriesKey(measurement: "m", device: "d3000").canonicalBytes
    let none = index.find(key.span.bytes, in: list)
    #expect(none == nil)
  }
}
