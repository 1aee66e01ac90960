import Mutation
import Primitives
import Testing

@testable import Text

@Suite struct QuantityTests {
  @Test(
    arguments: [
      ("0s", 0), ("1ns", 1), ("20ms", 20_000_000), ("5m", 300_000_000_000), ("1h", 3_600_000_000_000),
      ("400d", 34_560_000_000_000_000), ("7us", 7_000), ("7µs", 7_000), ("106751d", 9_223_286_400_000_000_000),
    ] as [(String, Int64)])
  func lengthsOfTime(text: String, nanos: Int64) {
    #expect(Quantity.durationNanos(text) == nanos)
  }

  @Test(arguments: [
    "", "5", "m", "-5m", "5 m", "5M", "1.5h", "106752d", "9223372036854775808ns", "٣s", "5ms5", "0x5s", "5mm",
  ])
  func whatIsNoLengthOfTime(text: String) {
    #expect(Quantity.durationNanos(text) == nil)
  }

  @Test(arguments: [
    ("0", 0), ("4096", 4_096), ("1B", 1), ("512KiB", 524_288), ("64MiB", 67_108_864), ("1GB", 1_000_000_000),
    ("2 GiB", 2_147_483_648), ("3kB", 3_000), ("3KB", 3_000), ("8589934591GiB", 9_223_372_035_781_033_984),
  ])
  func sizes(text: String, bytes: Int) {
    #expect(Quantity.byteCount(text) == bytes)
  }

  @Test(arguments: ["", "MiB", "-1", "1.5MiB", "8589934592GiB", "1TiB", "1mib", "1 2", "9223372036854775808"])
  func whatIsNoSize(text: String) {
    #expect(Quantity.byteCount(text) == nil)
  }

  @Test func damageIsNoneOrNotNegative() {
    var mutation = Mutation(seed: 9)
    for _ in 0..<3_000 {
      let text = String(decoding: mutation.damage(Array("9007199254740993MiB".utf8)), as: UTF8.self)
      #expect(Quantity.byteCount(text) ?? 0 >= 0 && Quantity.durationNanos(text) ?? 0 >= 0)
    }
  }
}
