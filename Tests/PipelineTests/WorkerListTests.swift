import Primitives
import Synchronization
import Sys
import Testing

@testable import Pipeline

/// One life for all workers: started from the end, stopped from the beginning.
@Suite struct WorkerListTests {
  /// What happened, in order.
  private final class Diary: Sendable {
    private let lines = Mutex<[String]>([])

    func note(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
  }

  private final class Scribe: Worker {
    let name: String
    private let diary: Diary
    private let failure: SystemError?
    private let endsEarly: Bool
    private let signal: WorkerSignal

    init(_ name: String, _ diary: Diary, endsEarly: Bool = false, failure: SystemError? = nil) throws {
      self.name = name
      self.diary = diary
      self.failure = failure
      self.endsEarly = endsEarly
      signal = try WorkerSignal()
    }

    func run() throws(SystemError) {
      if let failure { throw failure }
      while !endsEarly && !signal.isStopping { signal.wait(timeoutNanos: -1) }
      diary.note("\(name) ended")
    }

    func stop() {
      diary.note("\(name) is to stop")
      signal.stop()
    }
  }

  @Test func stagesStopInTheOrderOfTheData() throws {
    let diary = Diary()
    let list = WorkerList([
      [try Scribe("watch", diary)], [try Scribe("lane-0", diary), try Scribe("lane-1", diary)],
      [try Scribe("commit", diary)],
    ])
    try list.start()
    #expect(diary.all.isEmpty)
    list.stop()
    let lines = diary.all
    #expect(lines.prefix(2) == ["watch is to stop", "watch ended"])
    // Those of one stage are told together; which ends first is nobody's business.
    #expect(lines[2] == "lane-0 is to stop" && lines[5].hasSuffix(" ended"))
    #expect(Set(lines[2..<6]) == ["lane-0 is to stop", "lane-1 is to stop", "lane-0 ended", "lane-1 ended"])
    #expect(lines.suffix(2) == ["commit is to stop", "commit ended"])
    #expect(list.failures.isEmpty)
    // Again is nothing.
    list.stop()
    #expect(diary.all == lines)
  }

  @Test func oneThatEndsEarlyIsNamed() throws {
    let diary = Diary()
    let list = WorkerList([
      [try Scribe("early", diary, endsEarly: true)],
      [try Scribe("broken", diary, failure: SystemError(code: ErrorNumber.inputOutput, call: .poll))],
      [try Scribe("steady", diary)],
    ])
    try list.start()
    while list.failures.count < 2 { Clock.sleep(nanos: Nanos.perMillisecond) }
    #expect(Set(list.failures.map(\.worker)) == ["early", "broken"])
    let broken = try #require(list.failures.first { $0.worker == "broken" })
    #expect(broken.description.hasPrefix("the worker broken has ended: "))
    #expect(list.failures.contains { $0.description == "the worker early has ended: nobody had told it to" })
    list.stop()
    #expect(diary.all.last == "steady ended")
    #expect(list.failures.count == 2)
  }

  @Test func ifOneCannotStartThoseBeforeItStop() throws {
    let diary = Diary()
    let list = WorkerList([
      [try Scribe("watch", diary)], [try Scribe("lane-0", diary), try Scribe("lane-1", diary)],
      [try Scribe("commit", diary)], [try Scribe("seal", diary)],
    ])
    // Threads are started from the end: the third is a lane.
    FaultInjection.with([FaultInjection.Rule(.threadCreate, .error(ErrorNumber.inputOutput), after: 3)]) {
      let failure = #expect(throws: WorkerFailure.self) { try list.start() }
      #expect(failure?.worker == "lane-1")
      #expect(failure?.description.hasPrefix("cannot start worker lane-1: ") == true)
    }
    #expect(
      diary.all == [
        "lane-0 is to stop", "lane-0 ended", "commit is to stop", "commit ended", "seal is to stop", "seal ended",
      ])
  }
}
