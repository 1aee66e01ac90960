import Primitives
import Sys
import Testing

/// What the kernel says of its clock.
@Suite struct ClockDisciplineTests {
  /// Whatever it is here, it is within what the kernel can say.
  @Test func theKernelTells() {
    let discipline = ClockDiscipline.current()
    #expect(discipline.maximumErrorNanos >= 0 && discipline.precisionNanos > 0)
    #expect((-1...1).contains(discipline.leapSeconds))
    #expect(discipline.isSynchronised || discipline.maximumErrorNanos > 0)
  }

  @Test func aSimulatedMachineSaysWhatItIsTold() {
    let machine = SimulatedMachine(startNanos: 0)
    let told = machine.run {
      let first = ClockDiscipline.current()
      machine.setDiscipline(.loose)
      return [first, ClockDiscipline.current()]
    }
    #expect(told == [.kept, .loose])
  }
}
