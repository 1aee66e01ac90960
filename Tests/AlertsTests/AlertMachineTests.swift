import Testing

@testable import Alerts

@Suite struct AlertMachineTests {
  @Test func withoutAHoldItFiresAtOnceAndOnce() {
    var machine = AlertMachine(holdNanos: 0)
    #expect(machine.observe(.cleared, at: 1) == nil)
    #expect(machine.observe(.raised, at: 2) == .fired(since: 2))
    #expect(machine.observe(.raised, at: 3) == nil)
    #expect(machine.isFiring)
    #expect(machine.observe(.cleared, at: 4) == .resolved(since: 2))
    #expect(machine.observe(.cleared, at: 5) == nil)
    #expect(machine.phase == .ok)
  }

  @Test func betweenItsBoundsItStaysAsItIs() {
    var machine = AlertMachine(holdNanos: 0)
    #expect(machine.observe(.between, at: 1) == nil)
    #expect(!machine.isFiring)
    #expect(machine.observe(.raised, at: 2) == .fired(since: 2))
    #expect(machine.observe(.between, at: 3) == nil)
    #expect(machine.isFiring)
    #expect(machine.observe(.cleared, at: 4) == .resolved(since: 2))
  }

  @Test func whatDoesNotHoldLongEnoughIsNotTold() {
    var machine = AlertMachine(holdNanos: 10)
    #expect(machine.observe(.raised, at: 100) == nil)
    #expect(machine.phase == .pending(since: 100))
    #expect(machine.dueNanos(sign: .raised) == 110)
    #expect(machine.observe(.raised, at: 109) == nil)
    // It did not hold for a moment: the time begins anew.
    #expect(machine.observe(.between, at: 110) == nil)
    #expect(machine.observe(.raised, at: 111) == nil)
    #expect(machine.observe(.absent, at: 112) == nil)
    #expect(machine.phase == .ok)
    #expect(machine.observe(.raised, at: 120) == nil)
    #expect(machine.observe(.raised, at: 130) == .fired(since: 120))
  }

  @Test func withoutAValueItGoesOnForADay() {
    let day = AlertMachine.lostNanos
    var machine = AlertMachine(holdNanos: 0)
    #expect(machine.observe(.raised, at: 0) == .fired(since: 0))
    #expect(machine.observe(.raised, at: 50) == nil)
    #expect(machine.observe(.absent, at: 49 + day) == nil)
    #expect(machine.isFiring)
    #expect(machine.dueNanos(sign: .absent) == 50 + day)
    #expect(machine.observe(.absent, at: 50 + day) == .lost(since: 0))
    #expect(machine.phase == .ok)
  }

  @Test func aClockThatGoesBackTellsNothing() {
    var machine = AlertMachine(holdNanos: 10)
    #expect(machine.observe(.raised, at: 1_000) == nil)
    #expect(machine.observe(.raised, at: 900) == nil)
    #expect(machine.phase == .pending(since: 1_000))
  }
}
