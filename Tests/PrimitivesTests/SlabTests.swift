import Primitives
import Testing

@Suite struct SlabTests {
  @Test func whatDoesNotFitChangesNothing() {
    var slab = Slab<UInt8>(capacity: 5)
    let five: [UInt8] = [1, 2, 3, 4, 5]
    let first = slab.append(contentsOf: five.span.bytes.extracting(0..<3))
    let tooLong = slab.append(contentsOf: five.span.bytes.extracting(0..<3))
    #expect(first && !tooLong)
    let (count, room) = (slab.count, slab.room)
    #expect(count == 3 && room == 2)
    let nothing = slab.append(contentsOf: RawSpan())
    let fourth = slab.append(4)
    let fifth = slab.append(5)
    let sixth = slab.append(6)
    #expect(nothing && fourth && fifth && !sixth)
    let isSame = slab.bytes.equals(five.span.bytes)
    #expect(isSame)
  }

  @Test func truncatingForgetsTheEndAlone() {
    var slab = Slab<Int>(repeating: 7, count: 4)
    slab[0] = 1
    slab.update(1) { $0 *= 2 }
    slab.truncate(to: 2)
    let elements = [slab[0], slab[1]]
    #expect(elements == [1, 14])
    slab.append(9)
    let last = (slab[2], slab.count)
    #expect(last.0 == 9 && last.1 == 3)
    slab.removeAll()
    let (isEmpty, capacity) = (slab.isEmpty, slab.capacity)
    #expect(isEmpty && capacity == 4)
  }

  @Test func aSlabWithoutRoomIsOneToo() {
    var slab = Slab<Int64>(capacity: 0)
    let isTaken = slab.append(1)
    let (count, isEmpty) = (slab.count, slab.span.isEmpty)
    #expect(!isTaken && count == 0 && isEmpty)
  }

  @Test func spansOfEveryLengthAreCompared() {
    let bytes = (0..<40).map { UInt8($0) }
    for length in 0...40 {
      let same = bytes.span.bytes.extracting(0..<length).equals(Array(bytes[..<length]).span.bytes)
      #expect(same)
      for place in 0..<length {
        var other = Array(bytes[..<length])
        other[place] ^= 0x80
        let isEqual = bytes.span.bytes.extracting(0..<length).equals(other.span.bytes)
        #expect(!isEqual)
      }
    }
    let isShorter = bytes.span.bytes.extracting(0..<39).equals(bytes.span.bytes)
    #expect(!isShorter)
  }
}
