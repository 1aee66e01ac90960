import Primitives
import Telemetry
import Testing
@testable import Protocols

@Suite struct LineProtocolSeriesTests {
  func series(_ key: String, deviceTag: String? = nil) -> ParsedKey {
    LineProtocolDecoder.seriesKey(from: Array(key.utf8).span.bytes, deviceTag: deviceTag)
  }

  func key(_ measurement: String, _ device: String, _ tags: [(String, String)] = []) -> ParsedKey {
    .series(
      SeriesKey(
        measurement: measurement, device: device, tags: tags.map { SeriesKey.Tag(name: $0.0, value: $0.1) }))
  }

  @Test func theDeviceIsFoundInOrder() {
    #expect(series("m,host=h,device=d,z=1") == key("m", "d", [("host", "h"), ("z", "1")]))
    #expect(series("m,z=1,host=h") == key("m", "h", [("z", "1")]))
    #expect(series("m,z=1,device=d,imei=9", deviceTag: "imei") == key("m", "9", [("device", "d"), ("z", "1")]))
    #expect(series("m,z=1,host=h", deviceTag: "imei") == key("m", "h", [("z", "1")]))
    #expect(series("m,z=1,a=2") == key("m", "a=2,z=1", [("a", "2"), ("z", "1")]))
    #expect(series("m") == key("m", "-"))
  }

  @Test func escapesGo() {
    #expect(series("a\\ b\\,c\\=d\\e,device=x") == key("a b,c\\=d\\e", "x"))
    #expect(series("m,device=a\\ b\\,c\\=d\\e\\\\") == key("m", "a b,c=d\\e\\\\"))
    #expect(series("m,ta\\ g\\==\"v\",device=d") == key("m", "d", [("ta g=", "\"v\"")]))
    #expect(series("m=n,device=Quy\\ Nhơn") == key("m=n", "Quy Nhơn"))
  }

  @Test func badTagsAreRefused() {
    for text in ["m,", "m,a", "m,a=", "m,=b", "m,a=b,", "m,a=b,,c=d", "m,a=b=c", "m,a=1,a=2", "m,a\\=b", "m,a=,b=c"] {
      #expect(series(text) == .refused(.lineBadTag), "\(text)")
    }
    #expect(series("") == .refused(.lineMissingMeasurement))
    #expect(series(",a=b") == .refused(.lineMissingMeasurement))
  }

  @Test func limitsAreNamed() {
    let long = String(repeating: "n", count: Limits.nameBytes + 1)
    #expect(series("\(long),device=d") == .refused(.nameTooLong))
    #expect(series("m,\(long)=d") == .refused(.nameTooLong))
    #expect(series("m,device=\(long)") == .refused(.nameTooLong))
    #expect(series("m,device=d,note=\(long)") == key("m", "d", [("note", long)]))
    let tags = (0..<Limits.tagsPerSeries).map { ",t\($0)=1" }.joined()
    #expect(series("m,device=d" + tags) == .refused(.tooManyTags))
    #expect(series("m" + tags) != .refused(.tooManyTags))
  }
}
