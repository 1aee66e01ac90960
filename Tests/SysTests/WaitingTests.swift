import Primitives
import Sys
import Testing

@Suite struct WaitingTests {
  @Test func signalsAreKeptAndCountAsOne() throws {
    let wakeUp = try WakeUp()
    #expect(!wakeUp.wait(timeoutNanos: 0))
    wakeUp.signal()
    wakeUp.signal()
    #expect(wakeUp.wait(timeoutNanos: -1))
    #expect(!wakeUp.wait(timeoutNanos: 1))
    wakeUp.signal()
    #expect(wakeUp.clear())
    #expect(!wakeUp.clear())
  }

  @Test func wakesAnotherThread() throws {
    let there = try WakeUp()
    let back = try WakeUp()
    let thread = try SystemThread.start(name: "a-name-longer-than-fifteen") {
      for _ in 0..<100 {
        while !there.wait(timeoutNanos: -1) {}
        back.signal()
      }
    }
    for _ in 0..<100 {
      there.signal()
      while !back.wait(timeoutNanos: -1) {}
    }
    thread.join()
    thread.join()
  }

  @Test func pollerTellsWhoIsReady() throws {
    let first = try WakeUp()
    let second = try WakeUp()
    let third = try WakeUp()
    var poller = try Poller(capacity: 2)
    try poller.add(first.fileDescriptor, token: 10)
    try poller.add(second.fileDescriptor, token: .max)
    try poller.add(third.fileDescriptor, token: 30)
    #expect(throws: SystemError(code: ErrorNumber.exists, call: .pollerChange)) {
      try poller.add(third.fileDescriptor, token: 31)
    }
    expect(poller.wait(timeoutNanos: 0) == 0)
    expect(poller.wait(timeoutNanos: 1_000) == 0)
    second.signal()
    expect(poller.wait(timeoutNanos: -1) == 1)
    expect(poller.token(0) == .max)
    // Level-triggered: told until it is taken.
    expect(poller.wait(timeoutNanos: -1) == 1)
    first.signal()
    third.signal()
    var seen: Set<UInt64> = []
    for _ in 0..<2 {
      let ready = poller.wait(timeoutNanos: -1)
      expect(ready == 2)
      for index in 0..<ready { seen.insert(poller.token(index)) }
    }
    expect(seen == [10, .max, 30])
    for wakeUp in [first, second, third] { wakeUp.clear() }
    try poller.remove(first.fileDescriptor)
    first.signal()
    expect(poller.wait(timeoutNanos: 0) == 0)
    FaultInjection.with([.init(.pollerWait, .error(ErrorNumber.inputOutput))]) {
      expect(poller.wait(timeoutNanos: 0) == -5)
    }
  }

  @Test func threadsEndByThemselves() throws {
    let done = try WakeUp()
    _ = try SystemThread.start(name: "left-alone") { done.signal() }
    #expect(done.wait(timeoutNanos: -1))
    #expect(throws: SystemError.self) { try SystemThread.start(name: "no stack", stackBytes: 1) {} }
  }

  @Test func clocksAndFacts() throws {
    let before = Clock.monotonicNanos()
    Clock.sleep(nanos: 1_000_000)
    #expect(Clock.monotonicNanos() - before >= 1_000_000)
    #expect(Clock.realtimeNanos() > CalendarDate(year: 2024, month: 1, day: 1).daysSinceEpoch64 * Nanos.perDay)
    #expect(Clock.threadCPUNanos() > 0)
    #expect(Clock.processCPUNanos() > 0)
    #expect(try #require(ProcessFacts.residentBytes()) > 1 << 20)
    #expect(ProcessFacts.processId > 0 && ProcessFacts.threadId > 0)
    #expect(ProcessFacts.processors >= 1)
    #expect(!ProcessFacts.hostName.isEmpty)
    FaultInjection.with([.init(.hostName, .error(ErrorNumber.invalid))]) {
      #expect(ProcessFacts.hostName == "localhost")
    }
    #expect(ProcessFacts.environment("THINAI_NO_SUCH_VARIABLE") == nil)
  }
}

extension CalendarDate {
  fileprivate var daysSinceEpoch64: Int64 { Int64(daysSinceEpoch) }
}
