import Primitives
import Sys
import Synchronization
import Testing

@testable import Fleet

/// A receiver on the loopback that keeps what comes, and answers confirmable CoAP messages if asked to.
///
/// It runs on a thread of its own until `stop()`: a pool's thread would be missing elsewhere while it waits.
private final class Loopback: Sendable {
  enum Answer { case none, success, everySecondOne }

  let address: SocketAddress
  private let received = Mutex<[[UInt8]]>([])
  private let messageIDs = Mutex<[UInt16: [UInt16]]>([:])
  private let isStopped = Atomic(false)
  private let thread: Mutex<SystemThreadHandle?> = Mutex(nil)

  init(isIPv6: Bool = false, answer: Answer = .none) throws {
    let wildcard = try #require(SocketAddress(isIPv6 ? "[::1]:0" : "127.0.0.1:0"))
    var options = UDPSocketOptions(address: wildcard)
    options.receiveBufferBytes = 8 << 20
    let socket = try UDPSocket.open(options)
    address = socket.localAddress
    let box = SocketBox(socket)
    let handle = try SystemThread.start(name: "loopback") { [self] in run(box, answer) }
    thread.withLock { $0 = handle }
  }

  private final class SocketBox: Sendable {
    let socket: UDPSocket
    init(_ socket: consuming UDPSocket) { self.socket = socket }
  }

  private func run(_ box: SocketBox, _ answer: Answer) {
    var slab = ReceiveSlab()
    var asked = 0
    while true {
      let isLast = isStopped.load(ordering: .acquiring)
      let count = slab.receive(from: box.socket)
      if count <= 0 {
        if isLast { return }
        _ = box.socket.waitReadable(timeoutNanos: 5 * Nanos.perMillisecond)
        continue
      }
      for slot in 0..<count {
        let span = slab.bytes(slot)
        let bytes = (0..<span.byteCount).map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        received.withLock { $0.append(bytes) }
        if bytes.count >= 4 {
          let messageID = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
          messageIDs.withLock { $0[slab.source(slot).port, default: []].append(messageID) }
        }
        // A confirmable message of a four-byte token: version 1, type 0.
        guard answer != .none, bytes.count > 8, bytes[0] == 0x44 else { continue }
        asked += 1
        let code: UInt8 = answer == .success || asked % 2 == 0 ? 0x44 : 0x80
        let reply = [0x64, code] + bytes[2..<8]
        _ = box.socket.send(reply.span.bytes, to: slab.source(slot))
      }
    }
  }

  /// Waits until nothing has come for a while.
  func waitUntilQuiet() {
    var seen = -1
    while received.withLock({ $0.count }) != seen {
      seen = received.withLock { $0.count }
      Clock.sleep(nanos: 200 * Nanos.perMillisecond)
    }
  }

  /// Bytes 2 and 3 of what came, CoAP's message id, by source port.
  func sources() -> [UInt16: [UInt16]] {
    _ = stop()
    return messageIDs.withLock { $0 }
  }

  /// What came, once nothing more is on its way.
  func stop() -> [[UInt8]] {
    isStopped.store(true, ordering: .releasing)
    thread.withLock { $0 }?.join()
    return received.withLock { $0 }
  }
}

struct SimulationTests {
  @Test(arguments: [false, true])
  func everyDatagramOfTheTallyArrives(isIPv6: Bool) throws {
    let line = try Loopback(isIPv6: isIPv6)
    let syslog = try Loopback(isIPv6: isIPv6)
    var options = SimulationOptions(
      targets: [
        SimulationTarget(transport: .line, address: line.address),
        SimulationTarget(transport: .syslog, address: syslog.address),
      ], devices: FleetDevice.fleet(count: 100))
    options.fleet.linesPerDatagram = 6
    options.fleet.sources = 3
    options.fleet.eventShare = 0.3
    options.fleet.doubleShare = 0.1
    options.rate = 4_000
    options.durationNanos = 200 * Nanos.perMillisecond
    let tally = try runSimulation(options)
    let lines = line.stop()
    let events = syslog.stop()
    #expect(tally.total.rows > 0 && tally.total.events > 0)
    #expect(lines.count == tally.transports[.line]?.datagrams)
    #expect(events.count == tally.transports[.syslog]?.datagrams)
    #expect(lines.flatMap { readLines($0) }.count == tally.total.rows)
    let counted = tally.measurements.keys.flatMap { name in
      tally.rollup(measurement: name, field: "temperature", stepNanos: Nanos.perHour)
    }
    let sent = Set(lines.flatMap { readLines($0) }).compactMap { $0.numbers["temperature"] }
    #expect(counted.reduce(0) { $0 + $1.count } == sent.count)
  }

  @Test func confirmableRowsAreAcknowledgedOrRefused() throws {
    for answer in [Loopback.Answer.success, .everySecondOne] {
      let coap = try Loopback(answer: answer)
      var options = SimulationOptions(
        targets: [SimulationTarget(transport: .coap, address: coap.address)],
        devices: FleetDevice.fleet(count: 40))
      options.fleet.confirmable = .all
      options.datagramLimit = 600
      options.exchangesInFlight = 64
      options.flood = true
      let tally = try runSimulation(options)
      #expect(coap.stop().count == 600 + tally.total.retransmitted)
      #expect(tally.total.confirmable == 600 && tally.total.unanswered == 0)
      #expect(tally.total.acknowledged == (answer == .success ? 600 : 300))
      #expect(tally.total.refused == 600 - tally.total.acknowledged)
      #expect(tally.measurements.values.reduce(0) { $0 + $1.acknowledged } == tally.total.acknowledged)
    }
  }

  @Test func tellsWhatWasNotAnswered() throws {
    let coap = try Loopback()
    var options = SimulationOptions(
      targets: [SimulationTarget(transport: .coap, address: coap.address)], devices: FleetDevice.fleet(count: 10))
    options.fleet.confirmable = .some
    options.datagramLimit = 50
    options.flood = true
    options.acknowledgeNanos = 20 * Nanos.perMillisecond
    let tally = try runSimulation(options)
    #expect(coap.stop().count == 50)
    #expect(tally.total.confirmable > 0 && tally.total.unanswered == tally.total.confirmable)
    #expect(tally.total.acknowledged == 0)
  }

  @Test func stopsWhenToldAndReportsProgress() throws {
    let line = try Loopback()
    var options = SimulationOptions(
      targets: [SimulationTarget(transport: .line, address: line.address)], devices: FleetDevice.fleet(count: 10))
    options.rate = 200
    var reports: [Int] = []
    let tally = try runSimulation(options) { progress in
      reports.append(progress.sent.datagrams)
      return reports.count < 1
    }
    #expect(line.stop().count == tally.total.datagrams)
    // One report after a second, which said stop, and one at the end.
    #expect(reports.count == 2 && reports[1] == tally.total.datagrams && reports[0] > 0)
  }

  @Test(arguments: [false, true])
  func prebuiltTrafficArrivesWhole(usesSegmentation: Bool) throws {
    let line = try Loopback()
    var settings = PrebuiltTraffic.Settings()
    settings.devices = 100
    settings.seconds = 9
    settings.isPadded = usesSegmentation
    var traffic = PrebuiltTraffic(settings)
    var sender = try PrebuiltSender(
      target: line.address, transport: .line, sources: 2, usesSegmentation: usesSegmentation)
    let first = try sender.send(&traffic, bounds: PrebuiltSender.Bounds(rate: 5_000, datagrams: 70))
    let second = try sender.send(&traffic, bounds: PrebuiltSender.Bounds(rate: 5_000, datagrams: 130))
    let datagrams = line.stop()
    // 50 datagrams a pass: four passes, every row of them another.
    #expect(first.datagrams == 70 && second.datagrams == 130 && datagrams.count == 200)
    #expect(datagrams.reduce(0) { $0 + $1.count } == first.bytes + second.bytes)
    let rows = datagrams.flatMap { readLines($0, deviceTag: "dev") }
    #expect(rows.count == 3_600 && first.rows + second.rows == 3_600 && Set(rows).count == 3_600)
  }

  @Test func prebuiltPacksTakeNewPortsWhenMessageIDsRunOut() throws {
    let coap = try Loopback()
    var settings = PrebuiltTraffic.Settings()
    settings.shape = .pack(rows: 1)
    settings.devices = 1_000
    settings.seconds = 1
    var traffic = PrebuiltTraffic(settings)
    var sender = try PrebuiltSender(target: coap.address, transport: .coap)
    let first = try sender.send(&traffic, bounds: PrebuiltSender.Bounds(rate: 100_000, datagrams: 65_500))
    // Where others use the processor the kernel may drop some; those of the second port must find room.
    coap.waitUntilQuiet()
    let second = try sender.send(&traffic, bounds: PrebuiltSender.Bounds(rate: 100_000, datagrams: 500))
    #expect(first.datagrams + second.datagrams == 66_000 && first.rows + second.rows == 66_000)
    let sources = coap.sources()
    #expect(sources.count == 2)
    for (_, ids) in sources { #expect(Set(ids).count == ids.count) }
  }

  @Test func aClosedPortIsCountedAndDoesNotStopTheRun() throws {
    let closed = try UDPSocket.open(
      UDPSocketOptions(address: try #require(SocketAddress("127.0.0.1:0")))
    ).localAddress
    var options = SimulationOptions(
      targets: [SimulationTarget(transport: .line, address: closed)], devices: FleetDevice.fleet(count: 10))
    options.datagramLimit = 500
    options.flood = true
    let tally = try runSimulation(options)
    #expect(tally.total.datagrams == 500 && tally.total.unreachable > 0)
  }

  @Test func refusesWrongOptions() throws {
    let target = try SimulationTarget(transport: .line, resolving: "127.0.0.1:9")
    var options = SimulationOptions(targets: [target, target], devices: FleetDevice.fleet(count: 1))
    #expect(throws: FleetError("cannot simulate to 127.0.0.1:9: line has another target")) {
      try runSimulation(options)
    }
    options.targets = [target]
    options.rate = 0
    #expect(throws: FleetError("cannot simulate a rate of 0 datagrams/s: it is not between 1 and 100000000")) {
      try runSimulation(options)
    }
    options.rate = nil
    options.targets = []
    #expect(throws: FleetError("cannot simulate a fleet: no target is given")) { try runSimulation(options) }
    options.series = SeriesOptions(path: "x.csv", timeColumns: ["t"], device: "d")
    #expect(throws: FleetError("cannot play series x.csv: no target of line protocol is given")) {
      try runSimulation(options)
    }
  }
}
