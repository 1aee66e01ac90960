import Primitives
import Testing

struct GrowingSlabTests {
  @Test func growsAndKeeps() {
    var slab = GrowingSlab<Int>()
    #expect(slab.count == 0 && slab.byteCount == 0)
    for number in 0..<1_000 { slab.append(number) }
    slab.grow(to: 1_003, repeating: -1)
    slab.grow(to: 10, repeating: -2)
    #expect(slab.count == 1_003)
    slab[7] = 70
    #expect((0..<1_000).allSatisfy { slab[$0] == ($0 == 7 ? 70 : $0) })
    #expect((1_000..<1_003).allSatisfy { slab[$0] == -1 })
  }

  @Test func hashesOfAllLengthsDiffer() {
    let bytes = (0..<80).map { UInt8($0) }
    let hash = KeyHash(seed: 1)
    let sums = (0...80).map { hash.hash(bytes.span.bytes.extracting(0..<$0)) }
    #expect(Set(sums).count == 81)
    for length in 1...80 {
      for place in 0..<length {
        var other = Array(bytes[..<length])
        other[place] ^= 1
        #expect(hash.hash(other.span.bytes) != sums[length])
      }
    }
  }
}
