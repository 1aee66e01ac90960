import Primitives
import Testing

struct GrowingSlabTests {
  @Test func growsAndKeeps() {
    var slab = GrowingSlab<Int>()
    var count = slab.count
    #expect(count == 0)
    for number in 0..<1_000 { slab.append(number) }
    slab.grow(to: 1_003, repeating: -1)
    slab.grow(to: 10, repeating: -2)
    count = slab.count
    #expect(count == 1_003)
    slab[7] = 70
    for index in 0..<1_003 {
      let element = slab[index]
      #expect(element == (index == 7 ? 70 : index < 1_000 ? index : -1))
    }
  }

  @Test func hashesOfAllLengthsDiffer() {
    let bytes = (0..<280).map { UInt8(truncatingIfNeeded: $0) }
    let hash = KeyHash(seed: 1)
    let sums = (0...280).map { hash.hash(bytes.span.bytes.extracting(0..<$0)) }
    #expect(Set(sums).count == 281)
    for length in Array(1...80) + [127, 128, 129, 192, 193, 255, 280] {
      for place in 0..<length {
        var other = Array(bytes[..<length])
        other[place] ^= 1
        let sum = hash.hash(other.span.bytes)
        #expect(sum != sums[length])
      }
    }
  }
}
