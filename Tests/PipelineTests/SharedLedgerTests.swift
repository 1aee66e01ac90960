import Telemetry
import Testing

@testable import Pipeline
@testable import Protocols

@Suite struct SharedLedgerTests {
  /// What the kernel drops is told at once: just when no batch is free none can speak of it.
  @Test func dropsNeedNoBatch() {
    let drops = [DropTally(), DropTally()]
    let listeners = [ListenerSettings(name: "a", .line), ListenerSettings(name: "b", .coap)]
    let ledger = SharedLedger(
      listeners.map { SharedLedger.Account($0) } + [SharedLedger.Account(ofNode: "internal")], drops: drops)
    drops[1].add(40)
    drops[1].add(2)
    #expect(ledger.snapshot().listeners.map(\.counts.kernelDropped) == [0, 42, 0])
    #expect(ledger.snapshot().total.kernelDropped == 42 && ledger.snapshot().isBalanced)
  }
}
