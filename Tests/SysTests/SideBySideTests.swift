import Synchronization
import Sys
import Testing

/// Work on several threads.
@Suite struct SideBySideTests {
  @Test(arguments: [0, 1, 2, 7, 100], [0, 1, 2, 5]) func eachPieceIsDoneOnce(count: Int, threads: Int) {
    let done = Mutex<[Int]>([])
    SideBySide.run(count, threads: threads, name: "test") { number in done.withLock { $0.append(number) } }
    let order = done.withLock { $0 }
    #expect(order.sorted() == Array(0..<count))
    // Where one thread does it all, it is done in order.
    if threads < 2 { #expect(order == Array(0..<count)) }
    #expect(SideBySide.map(count, threads: threads, name: "test") { $0 * $0 } == (0..<count).map { $0 * $0 })
  }

  /// Two pieces that wait for each other are done at one time.
  @Test func piecesAreDoneAtOneTime() throws {
    let wakes = try [WakeUp(), WakeUp()]
    SideBySide.run(2, threads: 2, name: "test") { number in
      wakes[1 - number].signal()
      wakes[number].wait(timeoutNanos: -1)
    }
  }

  /// Without another thread the calling one does it.
  @Test func aThreadThatDoesNotStartIsDoneWithout() {
    FaultInjection.with([.init(.threadCreate, .error(ErrorNumber.wouldBlock))]) {
      #expect(SideBySide.map(9, threads: 4, name: "test") { $0 } == Array(0..<9))
    }
  }
}
