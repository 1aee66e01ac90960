import Mutation
import Primitives
import Testing

@testable import Protocols

@Suite struct ByteStoreTests {
  @Test func everyTextStaysWhereItIs() {
    var store = ByteStore()
    var random = SeededRandom(3)
    var kept: [(place: Int, bytes: [UInt8])] = []
    for round in 0..<300 {
      let bytes = random.octets(round % 30 == 0 ? 0 : Int(random.next() % 9_000))
      kept.append((store.append(bytes.span.bytes), bytes))
    }
    for text in kept {
      let isSame = store.bytes(text.place, text.bytes.count).equals(text.bytes.span.bytes)
      #expect(isSame)
    }
    let byteCount = store.byteCount
    #expect(byteCount == 2 << 20)
  }

  @Test func aTextMayFillABlock() {
    var store = ByteStore()
    let (one, two): ([UInt8], [UInt8]) = ([1], [2])
    let small = store.append(one.span.bytes)
    let block = [UInt8](repeating: 7, count: 1 << 20)
    let large = store.append(block.span.bytes)
    let last = store.append(two.span.bytes)
    let isKept =
      store.bytes(small, 1).equals(one.span.bytes) && store.bytes(large, 1 << 20).equals(block.span.bytes)
      && store.bytes(last, 1).equals(two.span.bytes)
    #expect(isKept)
  }
}
