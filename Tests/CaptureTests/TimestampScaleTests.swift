import Testing

@testable import Capture

@Suite struct TimestampScaleTests {
  private func nanos(_ ticks: UInt64, _ resolution: UInt8, _ offset: Int64 = 0) -> Int64 {
    TimestampScale(resolution: resolution, offsetSeconds: offset).nanos(ticks: ticks)
  }

  @Test(
    arguments: [
      (1_795_186_800, 0, 1_795_186_800_000_000_000), (1_795_186_800_123, 3, 1_795_186_800_123_000_000),
      (1_795_186_800_123_456, 6, 1_795_186_800_123_456_000), (1_795_186_800_123_456_789, 9, 1_795_186_800_123_456_789),
      (12_345_678_901, 12, 12_345_678), (19, 28, 0), (5, 127, 0), (3, 0x80, 3_000_000_000), (3, 0x81, 1_500_000_000),
      (1 << 32, 0xA0, 1_000_000_000), (1 << 63, 0xFF, 0), (1, 0xC0, 0),
    ] as [(UInt64, UInt8, Int64)])
  func ticksOfEveryLength(ticks: UInt64, resolution: UInt8, wanted: Int64) {
    #expect(nanos(ticks, resolution) == wanted)
  }

  @Test func offsetsAreAdded() {
    #expect(nanos(1_000_000, 6, -1) == 0 && nanos(0, 6, 7) == 7_000_000_000 && nanos(0, 3, -5) == -5_000_000_000)
  }

  /// Whatever a file says, there is a time: at the ends of what can be said, the end.
  @Test func timesAtTheEnds() {
    for resolution in 0...255 as ClosedRange<UInt8> {
      for offset in [Int64.min, -1, 0, 1, Int64.max] {
        for ticks in [0, 1, 9_000_000_000_000_000, UInt64.max >> 1, UInt64.max] { _ = nanos(ticks, resolution, offset) }
      }
    }
    #expect(nanos(.max, 0) == .max && nanos(0, 0, .min) == .min && nanos(.max, 6) == .max)
  }

  @Test func linkTypesOfSeveralNumbersAreOne() {
    for (number, type) in [
      (1, .ethernet), (0, .loopback), (108, .loopback), (12, .rawIP), (14, .rawIP), (101, .rawIP), (113, .linuxCooked),
      (276, .linuxCooked2), (119, .prism), (163, .prism), (281, .switchTag), (285, .switchTag), (147, .unknown),
      (65_535, .unknown),
    ] as [(UInt16, LinkType)] {
      #expect(LinkType(number: number) == type)
    }
  }

  @Test func labelsAreWordsOfTheirOwn() {
    for labels in [CaptureFlaw.allCases.map(\.label), CaptureSkip.allCases.map(\.label)] {
      #expect(Set(labels).count == labels.count)
      for label in labels { #expect(label.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 }) }
    }
    #expect(CaptureSkip.notUDP.label == "not_udp" && CaptureFlaw.badSectionHeader.label == "bad_section_header")
  }
}
