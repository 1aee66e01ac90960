import Sys
import Testing

struct BlockPoolTests {
  @Test func blocksAreApartAndComeAgain() {
    let pool = BlockPool(blockBytes: 73_728, regionBytes: 4 << 20)
    var blocks: [UnsafeMutableRawPointer] = []
    for number in 0..<120 {
      let block = pool.take()
      block.initializeMemory(as: UInt8.self, repeating: UInt8(number), count: pool.blockBytes)
      blocks.append(block)
    }
    #expect(Set(blocks).count == 120)
    #expect(pool.byteCount == 3 * 4 << 20)
    for (number, block) in blocks.enumerated() {
      let bytes = UnsafeRawBufferPointer(start: block, count: pool.blockBytes)
      #expect(bytes.allSatisfy { $0 == UInt8(number) })
    }
    let last = blocks.removeLast()
    pool.give(last)
    #expect(pool.take() == last)
    pool.give(last)
    for block in blocks { pool.give(block) }
    // What nobody uses goes back to the kernel.
    #expect(pool.byteCount <= 4 << 20)
  }
}
