import Intake
import Journal
import Primitives
import Protocols
import Registry
import Sys
import Testing

@testable import Pipeline

@Suite struct SegmentClockTests {
  private let machine = SimulatedMachine(startNanos: 0)

  @Test func numbersAreNewerThanAllThatIsKnown() {
    machine.run {
      #expect(SegmentClock(after: 41, journalDirectory: "/j").segment == 42)
      // Whatever else was lost, the file tells which may have been used.
      let next = SegmentClock(after: 0, journalDirectory: "/j")
      #expect(next.segment == 42 + SegmentReservation.stride + 1 && next.failure == nil)
    }
  }

  @Test func aFileThatMakesNoSenseIsNamed() throws {
    try machine.run {
      try FileSystem.createDirectories("/j")
      for text in ["", "x", "18446744073709551615\n"] {
        let file = try File("/j/reserved", .readWrite)
        try file.truncate(to: 0)
        try file.write(all: Array(text.utf8), at: 0)
        let clock = SegmentClock(after: 7, journalDirectory: "/j")
        #expect(clock.segment == 8)
        #expect(clock.failure == "cannot keep the numbers of journal segments in reserved: it holds no number")
        #expect(clock.advance() == 9 && clock.failure == nil)
      }
    }
  }

  @Test func lanesTurnTogetherEvenWhereTheFileCannotBeWritten() throws {
    try machine.run {
      let clock = SegmentClock(after: 0, journalDirectory: "/j")
      var lanes: [(control: LaneControl, exchange: BatchExchange)] = []
      for _ in 0..<3 {
        let control = LaneControl(segment: 1, admission: Admission(registry: .empty, knownOnly: false))
        lanes.append((control, try BatchExchange(listenerCount: 1)))
        clock.register(control, lanes[lanes.count - 1].exchange)
      }
      #expect(clock.advance() == 2 && lanes.allSatisfy { $0.control.segment == 2 && $0.exchange.laneWakeUp.clear() })
      let last = FaultInjection.with([.init(.open, .error(ErrorNumber.noSpace))]) {
        var last: UInt64 = 0
        for _ in 0..<Int(SegmentReservation.stride) + 5 { last = clock.advance() }
        return last
      }
      #expect(last == clock.segment && lanes.allSatisfy { $0.control.segment == last })
      #expect(clock.failure?.hasSuffix("No space left on device") == true)
      _ = clock.advance()
      #expect(clock.failure == nil)
    }
  }
}
