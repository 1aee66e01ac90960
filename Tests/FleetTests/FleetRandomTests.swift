import Testing

@testable import Fleet

/// The generator behind every simulated value, and what is drawn from it.
@Suite struct FleetRandomTests {
  /// Written down once, from another implementation of xorshift64*: a seed means the same fleet on every machine.
  @Test(
    arguments: [
      (0, 0, [0x61ea_0cd2_6181_99eb, 0xdd18_268d_f61e_8c79, 0x061d_c182_5e43_cc93]),
      (7, 3, [0x079d_4ac1_7c62_f852, 0x2aa8_40d9_ff39_1577, 0xace3_26cd_d901_f0ed]),
      // Both factors are zero there, and a state of zero would stay zero.
      (.max, .max, [0x87d6_e3d2_afc2_00ac, 0xd2f5_7ac5_18cb_b99d, 0x002a_74b4_aeb8_2db2]),
    ] as [(UInt64, UInt64, [UInt64])])
  func aSeedIsTheSameEverywhere(seed: UInt64, stream: UInt64, words: [UInt64]) {
    var random = FleetRandom(seed: seed, stream: stream)
    #expect((0..<3).map { _ in random.next() } == words)
  }

  @Test func streamsOfASeedAreDifferent() {
    let first = (0..<1_000 as Range<UInt64>).map { stream in
      var random = FleetRandom(seed: 1, stream: stream)
      return random.next()
    }
    #expect(Set(first).count == 1_000)
  }

  @Test(arguments: [1, 2, 7, 1_000, Int64.max])
  func anIntegerIsBelowItsBound(bound: Int64) {
    var random = FleetRandom(seed: 5, stream: 5)
    let drawn = (0..<2_000).map { _ in random.below(bound) }
    #expect(drawn.allSatisfy { (0..<bound).contains($0) })
    // Every one of few, and both halves of many.
    if bound <= 7 { #expect(Set(drawn).count == Int(bound)) }
    if bound > 7 { #expect(drawn.contains { $0 < bound / 2 } && drawn.contains { $0 >= bound / 2 }) }
  }

  @Test func aShareIsHowOftenItHappens() {
    var random = FleetRandom(seed: 6, stream: 0)
    func count(_ share: Double) -> Int { (0..<10_000).count { _ in random.happens(share) } }
    #expect(count(0) == 0 && count(-1) == 0 && count(.nan) == 0)
    #expect(count(1) == 10_000 && count(2) == 10_000)
    #expect((2_300...2_700).contains(count(0.25)))
  }

  @Test func aStepReachesBothWaysAndNoFurther() {
    var random = FleetRandom(seed: 7, stream: 0)
    let steps = (0..<5_000).map { _ in random.step(1, reach: 3) }
    #expect(Set(steps) == Set(-3...3))
    #expect((0..<1_000).allSatisfy { _ in random.step(0, reach: 3) == 0 })
    #expect((0..<1_000).allSatisfy { _ in random.step(1, reach: 0) == 0 })
  }

  @Test func powersOfTenAreExact() {
    #expect(PowerOfTen.integers.count == 19 && PowerOfTen.integers[18] == 1_000_000_000_000_000_000)
    for scale in 1...18 { #expect(PowerOfTen.integers[scale] == 10 * PowerOfTen.integers[scale - 1]) }
    #expect(PowerOfTen.double(units: 253, scale: 1) == 25.3 && PowerOfTen.double(units: -5, scale: 1) == -0.5)
    #expect(PowerOfTen.double(units: 0, scale: 18) == 0 && PowerOfTen.double(units: 7, scale: 0) == 7)
    // As the text says that is sent: what a rollup is checked against is the nearest double of it.
    var random = FleetRandom(seed: 8, stream: 0)
    for _ in 0..<2_000 {
      let (units, scale) = (random.below(1 << 53) - 1 << 52, Int(random.below(19)))
      var buffer = DatagramBuffer(byteCount: 64, datagrams: 1)
      buffer.append(units: units, scale: scale)
      buffer.close()
      let text = String(decoding: buffer.datagram(0), as: UTF8.self)
      #expect(Double(text) == PowerOfTen.double(units: units, scale: scale), "\(text)")
    }
  }
}
