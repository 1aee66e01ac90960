import Primitives
import Sys
import Testing

@testable import Fleet

/// What leaves a simulation's sockets, over the loopback.
@Suite struct FleetSocketTests {
  /// A receiver that nobody reads from until it is asked to.
  private final class Receiver {
    private let socket: UDPSocket
    let address: SocketAddress

    init(_ host: String = "127.0.0.1") throws {
      var options = UDPSocketOptions(address: try #require(SocketAddress("\(host):0")))
      options.receiveBufferBytes = 4 << 20
      socket = try UDPSocket.open(options)
      address = socket.localAddress
    }

    /// What has come, with the ports that it came from. The loopback delivers before a send returns.
    func take() -> [(bytes: [UInt8], port: UInt16)] {
      var slab = ReceiveSlab(slots: 32, bytesPerSlot: 8_192)
      var taken: [(bytes: [UInt8], port: UInt16)] = []
      while true {
        let count = slab.receive(from: socket)
        if count <= 0 { return taken }
        for slot in 0..<count {
          let bytes = slab.bytes(slot).withUnsafeBytes { Array($0) }
          taken.append((bytes, slab.source(slot).port))
        }
      }
    }

    func answer(_ bytes: [UInt8], to port: UInt16) {
      _ = socket.send(bytes.span.bytes, to: SourceAddress(ipv4: 0x7F00_0001, port: port))
    }
  }

  private func socket(_ address: SocketAddress, batchBytes: Int = 4_096) throws -> FleetSocket {
    try FleetSocket(
      target: SimulationTarget(transport: .coap, address: address), seed: 1, stream: 0, batchBytes: batchBytes)
  }

  @Test func whatIsAddedGoesOutOnceAndInOrder() throws {
    let receiver = try Receiver()
    let socket = try socket(receiver.address)
    try socket.flush()
    // More than a batch has entries, and than it has octets.
    let datagrams = (0..<300).map { number in [UInt8](repeating: UInt8(number & 255), count: 1 + number % 90) }
    for datagram in datagrams { try socket.add(datagram.span.bytes) }
    try socket.flush()
    try socket.flush()
    #expect(receiver.take().map(\.bytes) == datagrams && socket.unreachable == 0)
    // One that fills a batch by itself.
    let long = [UInt8](repeating: 7, count: 4_096)
    for _ in 0..<2 { try socket.add(long.span.bytes) }
    try socket.flush()
    #expect(receiver.take().map(\.bytes.count) == [4_096, 4_096])
  }

  /// That nobody listens is counted, and what follows is sent all the same.
  @Test func aClosedPortIsCountedAndStopsNothing() throws {
    // An address that no other test has a socket at.
    func closed() throws -> SocketAddress { try Receiver("127.0.13.37").address }
    let socket = try socket(try closed())
    let byte: [UInt8] = [1]
    for _ in 0..<3 {
      try socket.add(byte.span.bytes)
      try socket.flush()
    }
    var slab = ReceiveSlab(slots: 4, bytesPerSlot: 64)
    socket.receive(with: &slab) { _ in Issue.record("nobody answered") }
    #expect(socket.unreachable >= 2)
  }

  @Test func answersAreBookedAndConfirmableOnesAcknowledged() throws {
    let receiver = try Receiver()
    let socket = try socket(receiver.address)
    var datagram = FleetDatagram(transport: .coap, source: 0)
    datagram.messageID = 0x1234
    datagram.token = 0xA0B0_C0D0
    datagram.isConfirmable = true
    let request: [UInt8] = [0x44, 2, 0x12, 0x34, 0xA0, 0xB0, 0xC0, 0xD0]
    socket.exchanges.begin(datagram, bytes: request, nowNanos: 0)
    try socket.add(request.span.bytes)
    try socket.flush()
    let port = try #require(receiver.take().first).port
    // Noise, an answer to nothing, then an empty acknowledgement and the answer in a message of its own.
    for bytes: [UInt8] in [[], [0x60], [0xFF, 0xFF, 0xFF, 0xFF], [0x60, 0, 0x99, 0x99], [0x60, 0, 0x12, 0x34]] {
      receiver.answer(bytes, to: port)
    }
    receiver.answer([0x44, 0x44, 0x77, 0x01, 0xA0, 0xB0, 0xC0, 0xD0], to: port)
    var acknowledged: [FleetDatagram] = []
    var accepted = 0
    var slab = ReceiveSlab(slots: 2, bytesPerSlot: 64)
    socket.receive(with: &slab) { outcome in
      switch outcome {
      case .acknowledged(let datagram): acknowledged.append(datagram)
      case .accepted: accepted += 1
      case .refused: Issue.record("nothing was refused")
      case .unknown: break
      }
    }
    #expect(acknowledged == [datagram] && accepted == 1 && socket.exchanges.count == 0)
    #expect(receiver.take().map(\.bytes) == [[0x60, 0, 0x77, 0x01]], "the separate answer is acknowledged")
  }

  // MARK: the sender

  private func buffer(_ bytes: [[UInt8]]) -> DatagramBuffer {
    var buffer = DatagramBuffer(byteCount: 4_096, datagrams: 64)
    for datagram in bytes {
      buffer.append(datagram)
      buffer.close()
    }
    return buffer
  }

  @Test func aProtocolHasOneTarget() throws {
    let target = SimulationTarget(transport: .line, address: try #require(SocketAddress("127.0.0.1:9")))
    var other = target
    other.address.port = 10
    #expect(throws: FleetError.self) { _ = try FleetSender(targets: [target, other], seed: 1) }
    let sender = try FleetSender(targets: [], seed: 1)
    let waiting = sender.waiting
    #expect(waiting == 0)
  }

  @Test func eachSourceAndEpochHasAPortOfItsOwn() throws {
    let line = try Receiver()
    let coap = try Receiver()
    var sender = try FleetSender(
      targets: [
        SimulationTarget(transport: .line, address: line.address),
        SimulationTarget(transport: .coap, address: coap.address),
      ], seed: 1)
    func datagram(_ transport: FleetTransport, _ source: Int, epoch: Int = 0, id: UInt16 = 0) -> FleetDatagram {
      var datagram = FleetDatagram(transport: transport, source: source, epoch: epoch)
      (datagram.messageID, datagram.token, datagram.isConfirmable) = (id, UInt64(id), id != 0)
      return datagram
    }
    let sent = [
      datagram(.line, 0), datagram(.line, 1), datagram(.coap, 0, id: 1), datagram(.line, 0),
      datagram(.coap, 0, epoch: 1, id: 2), datagram(.coap, 0, epoch: 1),
    ]
    try sender.send(buffer((0..<6).map { [UInt8($0)] }), sent, nowNanos: 0)
    let lines = line.take()
    let byPort = Dictionary(grouping: lines, by: \.port).values.map { $0.map(\.bytes) }
    #expect(byPort.count == 2 && Set(byPort) == [[[0], [3]], [[1]]])
    let packs = coap.take()
    #expect(Set(packs.map(\.bytes)) == [[2], [4], [5]] && Set(packs.map(\.port)).count == 2)
    // The port that was left still waits for its answer, and is looked after.
    var waiting = sender.waiting
    #expect(waiting == 2)
    var tally = FleetTally(grouping: .total)
    try sender.settle(into: &tally, nowNanos: 10 * Nanos.perSecond)
    #expect(tally.total.retransmitted == 2 && tally.total.unanswered == 0)
    let again = coap.take()
    #expect(Set(again.map(\.bytes)) == [[2], [4]] && Set(again.map(\.port)) == Set(packs.map(\.port)))
    for pack in again {
      let id: UInt8 = pack.bytes == [2] ? 1 : 2
      coap.answer([0x60, 0x44, 0, id], to: pack.port)
    }
    waiting = sender.waiting
    #expect(waiting == 2)
    sender.finish(into: &tally)
    #expect(tally.total.unanswered == 2, "what nobody looked at was not answered")
  }

  // MARK: a run

  /// Numbers its datagrams, and holds one back.
  private struct Numbers: DatagramSource, ~Copyable {
    var tally = FleetTally(grouping: .total)
    var left: Int
    var isHeldBack = true
    private var number = 0

    init(_ count: Int) { left = count }

    private mutating func write(_ byte: UInt8, _ buffer: inout DatagramBuffer) -> FleetDatagram {
      buffer.append(byte)
      buffer.close()
      tally.transports[.line, default: .init()].datagrams += 1
      return FleetDatagram(transport: .line, source: 0)
    }

    mutating func next(into buffer: inout DatagramBuffer) throws -> FleetDatagram? {
      if left == 0 { return nil }
      left -= 1
      number += 1
      return write(UInt8(number & 127), &buffer)
    }

    mutating func rest(into buffer: inout DatagramBuffer) throws -> FleetDatagram? {
      if !isHeldBack { return nil }
      isHeldBack = false
      return write(255, &buffer)
    }
  }

  private func options(_ address: SocketAddress) -> SimulationOptions {
    SimulationOptions(targets: [SimulationTarget(transport: .line, address: address)], devices: [])
  }

  @Test func aRunEndsWithItsSourceAndSendsWhatWasHeldBack() throws {
    let receiver = try Receiver()
    var run = try FleetRun(options(receiver.address), rate: nil)
    var source = Numbers(200)
    var told: [Int] = []
    let tally = try run.send(&source) { progress in
      told.append(progress.sent.datagrams)
      return true
    }
    #expect(tally.total.datagrams == 201 && told.last == 201)
    #expect(receiver.take().map(\.bytes) == (1...200).map { [UInt8($0 & 127)] } + [[255]])
  }

  @Test(arguments: [0, 1, 63, 64, 65, 150])
  func aLimitIsExact(limit: Int) throws {
    let receiver = try Receiver()
    var options = options(receiver.address)
    options.datagramLimit = limit
    var run = try FleetRun(options, rate: nil)
    var source = Numbers(1_000)
    let tally = try run.send(&source) { _ in true }
    #expect(tally.total.datagrams == limit && receiver.take().count == limit)
    let (left, isHeldBack) = (source.left, source.isHeldBack)
    #expect(left == 1_000 - limit && isHeldBack, "nothing is made that is not sent")
  }

  @Test func aRunWithoutTimeSendsWhatWasHeldBack() throws {
    let receiver = try Receiver()
    var options = options(receiver.address)
    options.durationNanos = 0
    var run = try FleetRun(options, rate: 1_000_000)
    var source = Numbers(1_000)
    let tally = try run.send(&source) { _ in true }
    #expect(tally.total.datagrams == 1 && receiver.take().map(\.bytes) == [[255]])
  }
}
