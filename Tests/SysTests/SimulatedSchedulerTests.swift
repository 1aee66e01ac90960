import Primitives
import Synchronization
import Testing

@testable import Sys

/// Threads and sockets of a simulated machine: who runs when, and that it is the same each time.
@Suite struct SimulatedSchedulerTests {
  private final class Story: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
  }

  private static let begin = UnixNanos(1_795_186_800) * Nanos.perSecond

  /// Three threads that sleep now and then, as a seed lets them.
  private static func story(seed: UInt64) throws -> [String] {
    let machine = SimulatedMachine(startNanos: begin, seed: seed)
    let story = Story()
    try machine.run {
      let threads = try (0..<3).map { number in
        try SystemThread.start(name: "t\(number)") {
          for step in 0..<4 {
            story.add("\(number).\(step)")
            Clock.sleep(nanos: Nanos.perMillisecond)
          }
        }
      }
      for thread in threads { thread.join() }
      #expect(machine.aliveThreads.isEmpty)
    }
    return story.all
  }

  @Test func aSeedIsTheSameEachTimeAndAnotherIsAnother() throws {
    let stories = try (1...8 as ClosedRange<UInt64>).map(Self.story)
    #expect(try Self.story(seed: 3) == stories[2])
    #expect(Set(stories).count > 1 && stories.allSatisfy { Set($0).count == 12 })
    // Of a thread the steps are in order, whoever runs between.
    for story in stories {
      for thread in 0..<3 { #expect(story.filter { $0.hasPrefix("\(thread).") } == (0..<4).map { "\(thread).\($0)" }) }
    }
  }

  /// Time goes on to the first deadline, and no further, when nobody may go on.
  @Test func timeGoesOnToTheFirstDeadline() throws {
    let machine = SimulatedMachine(startNanos: Self.begin)
    try machine.run {
      let woken = Story()
      let long = try SystemThread.start(name: "long") {
        Clock.sleep(nanos: 5 * Nanos.perSecond)
        woken.add("long at \(Clock.realtimeNanos() - Self.begin)")
      }
      let short = try SystemThread.start(name: "short") {
        Clock.sleep(nanos: 2 * Nanos.perSecond)
        woken.add("short at \(Clock.realtimeNanos() - Self.begin)")
      }
      #expect(Set(machine.aliveThreads) == ["long", "short"])
      Clock.sleep(nanos: 3 * Nanos.perSecond)
      #expect(woken.all == ["short at 2000000000"] && machine.realtimeNanos == Self.begin + 3 * Nanos.perSecond)
      long.join()
      short.join()
      #expect(woken.all.last == "long at 5000000000")
      let before = Clock.monotonicNanos()
      Clock.sleep(nanos: 0)
      #expect(Clock.monotonicNanos() == before + Nanos.perMicrosecond, "who looks again and again does not stop time")
    }
  }

  /// Turns are handed from one to the other by the scheduler alone, whatever the operating system does.
  @Test(arguments: [1, -1, .max, 10 * Nanos.perSecond] as [Int64])
  func aTurnIsHandedOnAndComesBack(limit: Int64) throws {
    let machine = SimulatedMachine(startNanos: Self.begin)
    let scheduler = SimulatedScheduler()
    let story = Story()
    #expect(scheduler.alive.isEmpty)
    let number = scheduler.add("other")
    #expect(number == 1 && scheduler.alive == ["other"])
    let thread = try SystemThread.start(name: "other") {
      scheduler.begin(number)
      story.add("begins")
      let isMet = scheduler.wait(for: .time, timeoutNanos: 5 * Nanos.perSecond, on: machine)
      story.add(isMet ? "goes on" : "never")
      scheduler.finish(number, on: machine)
    }
    let begin = machine.monotonicNanos
    let isOver = scheduler.wait(for: .end(of: number), timeoutNanos: limit, on: machine)
    // A limit that lies beyond all time is none.
    #expect(isOver == (limit != 1))
    if !isOver {
      #expect(story.all.count <= 1 && scheduler.alive == ["other"], "its time has not come")
      #expect(scheduler.wait(for: .end(of: number), timeoutNanos: -1, on: machine))
    }
    thread.join()
    #expect(story.all == ["begins", "goes on"] && scheduler.alive.isEmpty)
    #expect(machine.monotonicNanos - begin >= 5 * Nanos.perSecond)
    #expect(machine.monotonicNanos - begin <= 5 * Nanos.perSecond + 2 * Nanos.perMicrosecond)
  }

  @Test func aloneTimeGoesOnToTheLimitAndWithoutOneNobodyWaits() {
    let machine = SimulatedMachine(startNanos: Self.begin)
    let scheduler = SimulatedScheduler()
    #expect(scheduler.wait(for: .time, timeoutNanos: 7 * Nanos.perSecond, on: machine))
    #expect(machine.realtimeNanos == Self.begin + 7 * Nanos.perSecond)
    #expect(scheduler.wait(for: .time, timeoutNanos: 0, on: machine))
    #expect(machine.realtimeNanos == Self.begin + 7 * Nanos.perSecond + Nanos.perMicrosecond)
    #expect(scheduler.wait(for: .time, timeoutNanos: -1, on: machine))
    #expect(scheduler.wait(for: .time, timeoutNanos: .max, on: machine))
    #expect(machine.realtimeNanos == Self.begin + 7 * Nanos.perSecond + Nanos.perMicrosecond)
  }

  @Test func aWaitEndsWithItsSignalOrItsLimit() throws {
    let machine = SimulatedMachine(startNanos: Self.begin)
    try machine.run {
      let wakeUp = try WakeUp()
      #expect(!wakeUp.wait(timeoutNanos: Nanos.perSecond) && Clock.realtimeNanos() == Self.begin + Nanos.perSecond)
      let thread = try SystemThread.start(name: "signals") {
        Clock.sleep(nanos: 7)
        wakeUp.signal()
        wakeUp.signal()
      }
      let began = Clock.monotonicNanos()
      #expect(wakeUp.wait(timeoutNanos: 100 * Nanos.perSecond))
      #expect(Clock.monotonicNanos() - began < Nanos.perSecond, "the signal ends it, not the limit")
      #expect(!wakeUp.clear(), "two signals count as one")
      thread.join()
      // All wait for each other: nobody can change what this one waits for.
      #expect(!wakeUp.wait(timeoutNanos: -1))
    }
  }

  @Test func aPollerTellsWhoIsReadyUpToItsCapacity() throws {
    let machine = SimulatedMachine(startNanos: Self.begin)
    try machine.run {
      var poller = try Poller(capacity: 2)
      let events = try (0..<3).map { _ in try WakeUp() }
      for (number, event) in events.enumerated() { try poller.add(event.fileDescriptor, token: UInt64(10 + number)) }
      expect(poller.wait(timeoutNanos: 5) == 0)
      for event in events { event.signal() }
      expect(poller.wait(timeoutNanos: 5) == 2)
      expect(poller.token(0) == 10 && poller.token(1) == 11)
      try poller.remove(events[0].fileDescriptor)
      expect(poller.wait(timeoutNanos: 5) == 2)
      expect(poller.token(0) == 11 && poller.token(1) == 12)
    }
  }

  // MARK: sockets

  private static func datagram(_ number: UInt8, to port: UInt16 = 9) -> SimulatedNetwork.Datagram {
    SimulatedNetwork.Datagram(
      source: SourceAddress(ipv4: 1, port: 2), destination: SourceAddress(ipv4: 3, port: port), bytes: [number])
  }

  private static func open(_ text: String, shares: Bool = false) throws -> UDPSocket {
    var options = UDPSocketOptions(address: try #require(SocketAddress(text)))
    options.reusePort = shares
    options.countsDrops = true
    return try UDPSocket.open(options)
  }

  @Test func aSocketHoldsItsBufferAndCountsTheRest() throws {
    let machine = SimulatedMachine(startNanos: Self.begin)
    try machine.run {
      #expect(!machine.network.deliver(Self.datagram(0)), "nobody listens")
      let socket = try Self.open("127.0.0.1:9")
      let extra = 3
      for number in 0..<SimulatedNetwork.datagramsPerSocket + extra {
        #expect(machine.network.deliver(Self.datagram(UInt8(number & 255))))
      }
      expect(socket.kernelDropCount() == UInt32(extra))
      var slab = ReceiveSlab(slots: 64, bytesPerSlot: 128)
      var taken: [UInt8] = []
      while slab.receive(from: socket) > 0 {
        for slot in 0..<slab.count {
          taken += slab.bytes(slot, segment: 0).withUnsafeBytes { Array($0) }
          expect(slab.source(slot) == SourceAddress(ipv4: 1, port: 2))
        }
      }
      #expect(taken == (0..<SimulatedNetwork.datagramsPerSocket).map { UInt8($0 & 255) }, "in order, the first of them")
    }
  }

  @Test func aPortIsOnesUnlessBothShareIt() throws {
    let machine = SimulatedMachine(startNanos: Self.begin)
    try machine.run {
      let first = try Self.open("127.0.0.1:9", shares: true)
      #expect(throws: SystemError.self) { _ = try Self.open("127.0.0.1:9") }
      let second = try Self.open("127.0.0.1:9", shares: true)
      for number: UInt8 in 0..<10 { machine.network.deliver(Self.datagram(number)) }
      var slab = ReceiveSlab(slots: 64, bytesPerSlot: 128)
      expect(slab.receive(from: first) == 5)
      expect(slab.receive(from: second) == 5)
      // Ports that nobody asked for are all different.
      let a = try Self.open("127.0.0.1:0")
      let b = try Self.open("127.0.0.1:0")
      expect(a.localPort != 0 && a.localPort != b.localPort)
    }
  }

  @Test func whatIsSentIsKeptOnceAndRefusedWhileItIsToBe() throws {
    let machine = SimulatedMachine(startNanos: Self.begin)
    try machine.run {
      let socket = try Self.open("127.0.0.1:9")
      let bytes: [UInt8] = [1, 2]
      let target = SourceAddress(ipv4: 7, port: 8)
      machine.network.refuseSends(1)
      expect(socket.send(bytes.span.bytes, to: target) == ErrorNumber.wouldBlock)
      expect(socket.send(bytes.span.bytes, to: target) == 0)
      let sent = machine.network.takeSent()
      #expect(sent.count == 1 && sent[0].bytes == bytes && sent[0].destination == target && sent[0].source.port == 9)
      #expect(machine.network.takeSent().isEmpty)
      // A dead machine sends nothing.
      machine.disk.kill(afterCalls: 0)
      _ = FileSystem.exists("/")
      expect(socket.send(bytes.span.bytes, to: target) == ErrorNumber.inputOutput)
      #expect(machine.network.takeSent().isEmpty)
      machine.network.endProcess()
      #expect(!machine.network.deliver(Self.datagram(1)))
    }
  }

  /// The machine's randomness is its seed's; outside of it nobody's.
  @Test func randomnessIsTheSeedsOnAMachine() {
    func words(_ seed: UInt64) -> [UInt64] {
      SimulatedMachine(startNanos: 0, seed: seed).run {
        var random = Randomness()
        return (0..<4).map { _ in random.next() }
      }
    }
    #expect(words(1) == words(1) && words(1) != words(2) && Set(words(1)).count == 4)
    var (first, second) = (Randomness(), Randomness())
    #expect((0..<4).map { _ in first.next() } != (0..<4).map { _ in second.next() })
  }
}
