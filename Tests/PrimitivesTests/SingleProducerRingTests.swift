import Primitives
import Testing

@Suite struct SingleProducerRingTests {
  @Test(arguments: [(-3, 1), (0, 1), (1, 1), (2, 2), (3, 4), (5, 8), (8, 8), (1_000, 1_024)])
  func holdsAtLeastWhatWasAskedFor(capacity: Int, holds: Int) {
    let ring = SingleProducerRing<Int>(capacity: capacity)
    for number in 0..<holds { #expect(ring.push(number)) }
    #expect(ring.count == holds)
    #expect(!ring.push(-1))
    #expect(ring.count == holds)
    for number in 0..<holds { #expect(ring.pop() == number) }
    #expect(ring.pop() == nil && ring.count == 0)
  }

  @Test func turnsOverKeepingTheOrder() {
    let ring = SingleProducerRing<Int>(capacity: 4)
    var pushed = 0
    var popped = 0
    for round in 0..<1_000 {
      for _ in 0...round % 4 where ring.push(pushed) { pushed += 1 }
      #expect(ring.count == pushed - popped)
      for _ in 0...(round + 2) % 4 {
        guard let element = ring.pop() else { break }
        #expect(element == popped)
        popped += 1
      }
    }
    #expect(popped > 900)
  }

  private final class Held: Sendable {}

  @Test func letsGoOfWhatWasTaken() {
    let ring = SingleProducerRing<Held>(capacity: 2)
    weak var first: Held?
    do {
      let held = Held()
      first = held
      _ = ring.push(held)
    }
    #expect(first != nil)
    _ = ring.pop()
    #expect(first == nil)
  }

  @Test func letsGoOfWhatWaitsWithItself() {
    weak var waiting: Held?
    do {
      let ring = SingleProducerRing<Held>(capacity: 2)
      let held = Held()
      waiting = held
      _ = ring.push(held)
    }
    #expect(waiting == nil)
  }

  @Test func betweenTwoThreadsNothingIsLostOrDoubled() async {
    let ring = SingleProducerRing<[Int]>(capacity: 16)
    let count = 20_000
    async let produced: Void = Task.detached {
      for number in 0..<count {
        while !ring.push([number, -number]) { await Task.yield() }
      }
    }.value
    let isInOrder = await Task.detached {
      var next = 0
      while next < count {
        guard let element = ring.pop() else {
          await Task.yield()
          continue
        }
        // An element is whole when it is seen.
        if element != [next, -next] { return false }
        next += 1
      }
      return true
    }.value
    await produced
    #expect(isInOrder && ring.count == 0)
  }
}
