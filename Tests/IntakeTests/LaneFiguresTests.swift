import Protocols
import Registry
import Testing

@testable import Intake

@Test func aLaneTellsWhatItsThreadUsedAndWhatWasDroppedBeforeIt() {
  let control = LaneControl(segment: 1, admission: Admission(registry: .empty, knownOnly: false))
  let figures: LaneFigures = control.figures
  #expect(figures.cpuNanos == 0 && figures.kernelDropped == 0)
  figures.tell(cpuNanos: 5)
  figures.tell(cpuNanos: 9)
  figures.add(kernelDropped: 2)
  figures.add(kernelDropped: 3)
  #expect(figures.cpuNanos == 9 && figures.kernelDropped == 5)
}
