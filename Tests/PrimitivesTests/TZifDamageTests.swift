import Mutation
import Testing

@testable import Primitives

/// Files of the system's time zones, damaged: refused, or rules whose every answer is one.
@Suite struct TZifDamageTests {
  private static let seeds: [[UInt8]] = [0, UInt8(ascii: "2"), UInt8(ascii: "4")].flatMap { version in
    [
      TimeZoneRulesTests.file(
        version: version, types: TimeZoneRulesTests.kinds, times: TimeZoneRulesTests.moves,
        footer: "CET-1CEST,M3.5.0,M10.5.0/3"),
      TimeZoneRulesTests.file(
        version: version, types: [(25_200, false)], times: [(Int64.min, 0), (Int64.max, 0)], footer: "<+07>-7"),
      TimeZoneRulesTests.file(version: version, types: [(0, false), (3_600, true)], times: [], footer: "EST5EDT"),
    ]
  }

  @Test func damagedFilesAreRefusedOrAnswer() {
    var mutation = Mutation(seed: 11)
    var read = 0
    for round in 0..<3_000 {
      let bytes = mutation.damage(Self.seeds[round % Self.seeds.count])
      guard let zone = TimeZoneRules(tzif: bytes.span.bytes) else { continue }
      read += 1
      for instant in [Int64.min, -1, 0, 1_795_186_800, Int64.max] {
        #expect(abs(zone.offsetSeconds(atUTC: instant)) < 2 * 86_400)
        _ = zone.utcSeconds(fromLocalSeconds: instant)
        _ = zone.utcNanos(fromLocalSeconds: instant)
      }
    }
    // Some are as good as whole.
    #expect(read > 100)
  }

  @Test func countsThatNoFileHoldsAreRefused() {
    let good = Self.seeds[0]
    for count in 0..<6 {
      for number: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0, 0x10, 0, 0]] {
        var bytes = good
        bytes.replaceSubrange(20 + 4 * count..<24 + 4 * count, with: number)
        let zone = TimeZoneRules(tzif: bytes.span.bytes)
        #expect(zone == nil)
      }
    }
  }
}
