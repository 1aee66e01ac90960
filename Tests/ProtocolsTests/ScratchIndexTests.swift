import Mutation
import Primitives
import Testing

@testable import Protocols

@Suite struct ScratchIndexTests {
  private static func find(_ index: borrowing ScratchIndex, _ hash: UInt64, _ hashes: [UInt64]) -> Int? {
    var slot = index.start(hash)
    while let number = index.number(at: slot) {
      if hashes[number] == hash { return number }
      slot = index.next(slot)
    }
    return nil
  }

  private static func put(_ index: inout ScratchIndex, _ number: Int, _ hash: UInt64) {
    var slot = index.start(hash)
    while index.number(at: slot) != nil { slot = index.next(slot) }
    index.put(number, at: slot)
  }

  /// Against a dictionary, over many resets with different sizes; nothing of an earlier round is found.
  @Test func agreesWithADictionary() {
    var random = SeededRandom(11)
    var index = ScratchIndex(capacity: 256)
    var earlier: [UInt64] = []
    for _ in 0..<400 {
      let count = Int.random(in: 0...128, using: &random)
      index.reset(expecting: count)
      // Few different low bits, so that they collide and run around the end.
      let hashes = (0..<count).map { UInt64($0) << 32 | (0xFFFF_FFFF - UInt64.random(in: 0...7, using: &random)) }
      for number in 0..<count { Self.put(&index, number, hashes[number]) }
      for number in 0..<count {
        let found = Self.find(index, hashes[number], hashes)
        #expect(found == number)
      }
      let missing = Self.find(index, 0xFFFF_0000_0000_0003, hashes)
      #expect(missing == nil)
      if count == 0 {
        let stale = earlier.contains { Self.find(index, $0, earlier) != nil }
        #expect(!stale)
      }
      earlier = hashes
    }
  }

  /// More than its slots are never handed out, whatever is expected.
  @Test(arguments: [0, 1, 8, 64, 1 << 40])
  func slotsStayWithinTheCapacity(expected: Int) {
    var index = ScratchIndex(capacity: 64)
    index.reset(expecting: expected)
    var slots: Set<Int> = []
    for hash in 0..<200 as Range<UInt64> { slots.insert(index.start(hash)) }
    let size = slots.count
    #expect(size == (expected <= 8 ? 16 : 64) && slots.max() == size - 1)
    let around = index.next(size - 1)
    #expect(around == 0)
  }
}

@Suite struct SecretHashTests {
  @Test func onlyTheOctetsOfTheRangeCount() {
    let secret = SecretHash()
    for length in 0...20 {
      let one = (0..<40).map { UInt8($0) }
      var other = [UInt8](repeating: 0xEE, count: 7) + one[3..<3 + length] + [UInt8](repeating: 0xDD, count: 9)
      let hash = secret.hash(one.span.bytes, offset: 3, length: length, seed: 5)
      #expect(hash == secret.hash(other.span.bytes, offset: 7, length: length, seed: 5), "\(length)")
      #expect(hash != secret.hash(one.span.bytes, offset: 3, length: length, seed: 6))
      for at in 0..<length {
        other[7 + at] ^= 1
        #expect(hash != secret.hash(other.span.bytes, offset: 7, length: length, seed: 5), "\(length) \(at)")
        other[7 + at] ^= 1
      }
    }
  }

  @Test func zerosOfAnotherLengthAreAnotherText() {
    let secret = SecretHash()
    let zeros = [UInt8](repeating: 0, count: 32)
    let hashes = (0...32).map { secret.hash(zeros.span.bytes, offset: 0, length: $0, seed: 1) }
    #expect(Set(hashes).count == 33)
  }

  @Test func nobodyElseHasTheSameSecret() {
    let text = Array("device".utf8)
    let hashes = (0..<8).map { _ in SecretHash().hash(text.span.bytes, offset: 0, length: 6, seed: 1) }
    #expect(Set(hashes).count == 8)
    // The words that they are made of differ too.
    #expect(Set((0..<64).map { _ in Secret.word }).count == 64)
  }
}
