import Primitives
import Sys
import Testing

/// Loopback only.
@Suite struct UDPTests {
  private static func open(
    _ text: String, _ change: (inout UDPSocketOptions) -> Void = { _ in }
  ) throws -> UDPSocket {
    var options = UDPSocketOptions(address: try #require(SocketAddress(text)))
    change(&options)
    return try UDPSocket.open(options)
  }

  private struct Datagram {
    var bytes: [UInt8]
    var source: SourceAddress
    var local: LocalAddress?
    var isTruncated: Bool
    var segmentBytes: Int
  }

  /// Takes the glued ones apart.
  private static func copies(_ slab: borrowing ReceiveSlab) -> [Datagram] {
    var found: [Datagram] = []
    for slot in 0..<slab.count {
      for segment in 0..<slab.segmentCount(slot) {
        found.append(
          Datagram(
            bytes: slab.bytes(slot, segment: segment).withUnsafeBytes { Array($0) }, source: slab.source(slot),
            local: slab.localAddress(slot), isTruncated: slab.isTruncated(slot),
            segmentBytes: slab.segmentBytes(slot)))
      }
    }
    return found
  }

  /// Waits until `count` datagrams have come: under load the kernel delivers even on loopback a little later.
  private static func receive(
    _ count: Int, _ slab: inout ReceiveSlab, _ socket: borrowing UDPSocket
  ) throws -> [Datagram] {
    var all: [Datagram] = []
    while all.count < count {
      let isReadable = socket.waitReadable(timeoutNanos: 10 * Nanos.perSecond)
      try #require(isReadable)
      let filled = slab.receive(from: socket)
      try #require(filled >= 0)
      all += copies(slab)
    }
    expect(all.count == count)
    return all
  }

  @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
  func echo(address: String) throws {
    let server = try Self.open(address) { $0.reportsLocalAddress = true }
    expect(server.localPort != 0)
    let client = try UDPSocket.connected(to: server.localAddress)
    var slab = ReceiveSlab(slots: 4, bytesPerSlot: 2_048)
    expect(slab.receive(from: server) == 0)
    for payload in [[1, 2, 3], [], [4]] as [[UInt8]] { expect(client.send(payload.span.bytes) == 0) }
    let received = try Self.receive(3, &slab, server)
    #expect(received.map(\.bytes) == [[1, 2, 3], [], [4]])
    let source = received[0].source
    expect(source == client.localAddress.address)
    #expect(received.allSatisfy { !$0.isTruncated && $0.segmentBytes == 0 })
    expect(slab.droppedByKernel == 0)
    let local = try #require(received[0].local)
    expect(local.high == server.localAddress.address.high && local.low == server.localAddress.address.low)
    expect(server.send(([5, 6] as [UInt8]).span.bytes, to: source, from: local) == 0)
    let answer = try Self.receive(1, &slab, client)[0]
    #expect(answer.bytes == [5, 6] && answer.local == nil)
  }

  @Test func dualStackAnswersFromTheAddressAsked() throws {
    let server = try Self.open("[::]:0") { $0.reportsLocalAddress = true }
    for (own, asked) in [("127.0.0.1", "127.0.0.2"), ("::1", "::1")] {
      var target = try #require(SourceAddress(addressText: asked))
      target.port = server.localPort
      let client = try UDPSocket.connected(
        to: SocketAddress(target), from: SocketAddress(try #require(SourceAddress(addressText: own))))
      expect(client.send(([1] as [UInt8]).span.bytes) == 0)
      var slab = ReceiveSlab(slots: 2, bytesPerSlot: 64)
      let received = try Self.receive(1, &slab, server)[0]
      let source = received.source
      expect(source.addressText == own)
      expect(source.isIPv4 == (asked == "127.0.0.2"))
      let local = try #require(received.local)
      expect(SourceAddress(high: local.high, low: local.low, port: 0).addressText == asked)
      // The client is connected: it hears the answer only if it comes from the address that it asked.
      expect(server.send(([2] as [UInt8]).span.bytes, to: source, from: local) == 0)
      #expect(try Self.receive(1, &slab, client)[0].bytes == [2])
    }
  }

  @Test func unusableSourceIsLeftToTheKernel() throws {
    let server = try Self.open("127.0.0.1:0")
    let peer = try Self.open("127.0.0.1:0")
    let broadcast = LocalAddress(high: 0, low: 0xFFFF_FFFF_FFFF, interface: 0)
    expect(server.send(([1] as [UInt8]).span.bytes, to: peer.localAddress.address, from: broadcast) == 0)
    var slab = ReceiveSlab(slots: 1, bytesPerSlot: 64)
    _ = try Self.receive(1, &slab, peer)
  }

  @Test func truncationIsTold() throws {
    let server = try Self.open("127.0.0.1:0")
    let client = try UDPSocket.connected(to: server.localAddress)
    var slab = ReceiveSlab(slots: 4, bytesPerSlot: 10)
    for length in [9, 10, 11, 500] {
      expect(client.send([UInt8](repeating: UInt8(truncatingIfNeeded: length), count: length).span.bytes) == 0)
    }
    let received = try Self.receive(4, &slab, server)
    #expect(received.map(\.bytes.count) == [9, 10, 10, 10])
    #expect(received.map(\.isTruncated) == [false, false, true, true])
    // The slab forgets: the next call's flags are its own.
    expect(client.send(([1] as [UInt8]).span.bytes) == 0)
    #expect(try !Self.receive(1, &slab, server)[0].isTruncated)
  }

  @Test func largestDatagram() throws {
    let server = try Self.open("127.0.0.1:0") { $0.receiveOffload = true }
    let client = try UDPSocket.connected(to: server.localAddress)
    let payload = (0..<65_507).map { UInt8(truncatingIfNeeded: $0 &* 13) }
    try client.setSendBuffer(bytes: 1 << 20)
    expect(client.send(payload.span.bytes) == 0)
    expect(client.send((payload + [0]).span.bytes) == ErrorNumber.messageTooLong)
    var slab = ReceiveSlab(slots: 2)
    #expect(try Self.receive(1, &slab, server)[0].bytes == payload)
  }

  @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
  func gluedDatagramsComeApart(address: String) throws {
    let server = try Self.open(address) { $0.receiveOffload = true }
    expect(server.hasReceiveOffload)
    let client = try UDPSocket.connected(to: server.localAddress)
    let payload = (0..<1_030).map { UInt8(truncatingIfNeeded: $0) }
    var batch = SendBatch(datagrams: 2, bytes: 4_096)
    expect(batch.append(payload.span.bytes, segmentBytes: 100))
    expect(batch.append(([7] as [UInt8]).span.bytes))
    expect(!batch.append(([7] as [UInt8]).span.bytes))
    expect(batch.send(over: client) == 2)
    expect(batch.count == 0)
    var slab = ReceiveSlab(slots: 32)
    let received = try Self.receive(12, &slab, server)
    // What is tested is the taking apart, so at least some must have been glued.
    #expect(received.contains { $0.segmentBytes == 100 })
    #expect(received.map(\.bytes.count) == Array(repeating: 100, count: 10) + [30, 1])
    #expect(Array(received.dropLast().map(\.bytes).joined()) == payload)
  }

  @Test func withoutOffloadSegmentsAreDatagrams() throws {
    let server = try Self.open("127.0.0.1:0")
    let client = try UDPSocket.connected(to: server.localAddress)
    var batch = SendBatch(datagrams: 1, bytes: 1_000)
    expect(batch.append([UInt8](repeating: 1, count: 250).span.bytes, segmentBytes: 100))
    expect(batch.send(over: client) == 1)
    var slab = ReceiveSlab(slots: 8, bytesPerSlot: 512)
    #expect(try Self.receive(3, &slab, server).map(\.bytes.count) == [100, 100, 50])
  }

  @Test func dropsAreCounted() throws {
    let server = try Self.open("127.0.0.1:0") {
      $0.receiveBufferBytes = 1
      $0.countsDrops = true
    }
    expect(server.grantedReceiveBufferBytes > 0 && server.grantedReceiveBufferBytes < 8_192)
    let client = try UDPSocket.connected(to: server.localAddress)
    var slab = ReceiveSlab(slots: 1, bytesPerSlot: 2_048)
    let payload = [UInt8](repeating: 1, count: 500)
    for _ in 0..<50 { expect(client.send(payload.span.bytes) == 0) }
    var kept = 0
    while kept + Int(server.kernelDropCount() ?? 50) < 50 {
      kept += try Self.receive(1, &slab, server).count
    }
    while server.waitReadable(timeoutNanos: 0) { kept += try Self.receive(1, &slab, server).count }
    #expect(kept > 0 && kept < 50)
    expect(server.kernelDropCount() == UInt32(50 - kept))
    // The next datagram carries the counter.
    expect(client.send(payload.span.bytes) == 0)
    _ = try Self.receive(1, &slab, server)
    expect(slab.droppedByKernel == UInt32(50 - kept))
  }

  @Test func bufferSizeIsReadBack() throws {
    let server = try Self.open("127.0.0.1:0") { $0.receiveBufferBytes = 100_000 }
    expect(server.grantedReceiveBufferBytes == 100_000)
  }

  /// One sender's datagrams go to both sockets; without the spreading they would all go to one.
  @Test func groupSharesOneSender() throws {
    let first = try Self.open("127.0.0.1:0") {
      $0.reusePort = true
      $0.spreadOverSockets = 2
    }
    let second = try Self.open("127.0.0.1:\(first.localPort)") {
      $0.reusePort = true
      $0.spreadOverSockets = 2
    }
    expect(first.isSpread && second.isSpread)
    let sender = try UDPSocket.connected(to: first.localAddress)
    let payload: [UInt8] = [1]
    for _ in 0..<64 { _ = sender.send(payload.span.bytes) }
    var slab = ReceiveSlab()
    var counts = [0, 0]
    for _ in 0..<200 where counts[0] + counts[1] < 64 {
      _ = first.waitReadable(timeoutNanos: 10_000_000)
      counts[0] += max(0, slab.receive(from: first))
      counts[1] += max(0, slab.receive(from: second))
    }
    // That a fair coin falls on one side 64 times is as likely as a test that nobody sees again.
    #expect(counts[0] + counts[1] == 64 && counts[0] > 0 && counts[1] > 0)
  }

  /// The first socket of a group takes a port that nobody has; others of the group join it, another group does not.
  @Test func aGroupHasItsPortAlone() throws {
    let first = try Self.open("[::]:0") {
      $0.reusePort = true
      $0.isFirstOfGroup = true
    }
    let place = "[::]:\(first.localPort)"
    let second = try Self.open(place) { $0.reusePort = true }
    for address in [place, "127.0.0.1:\(first.localPort)"] {
      #expect(throws: SystemError(code: ErrorNumber.addressInUse, call: .bind)) {
        _ = try Self.open(address) {
          $0.reusePort = true
          $0.isFirstOfGroup = true
        }
      }
    }
    #expect(PortHolder.ofUDP(port: first.localPort) == "another listener of this process")
    // Both are given datagrams: the flows of many ports fall on either.
    var slab = ReceiveSlab()
    var counts = [0, 0]
    for _ in 0..<64 {
      let sender = try UDPSocket.connected(to: #require(SocketAddress("127.0.0.1:\(first.localPort)")))
      _ = sender.send([1].span.bytes)
    }
    for _ in 0..<200 where counts[0] + counts[1] < 64 {
      _ = first.waitReadable(timeoutNanos: 10_000_000)
      counts[0] += max(0, slab.receive(from: first))
      counts[1] += max(0, slab.receive(from: second))
    }
    #expect(counts[0] + counts[1] == 64 && counts[0] > 0 && counts[1] > 0)
  }

  @Test func portsAreShared() throws {
    let first = try Self.open("[::]:0") { $0.reusePort = true }
    let second = try Self.open("[::]:\(first.localPort)") { $0.reusePort = true }
    expect(second.localPort == first.localPort)
    let port = first.localPort
    #expect(throws: SystemError(code: ErrorNumber.addressInUse, call: .bind)) {
      _ = try Self.open("[::]:\(port)")
    }
  }

  @Test func failuresAreTold() throws {
    let server = try Self.open("127.0.0.1:0")
    var slab = ReceiveSlab(slots: 1, bytesPerSlot: 64)
    FaultInjection.with([.init(.receive, .error(ErrorNumber.outOfMemory), times: 1)]) {
      expect(slab.receive(from: server) == -12)
      expect(slab.count == 0)
      expect(slab.receive(from: server) == 0)
    }
    let target = server.localAddress.address
    FaultInjection.with([.init(.send, .error(ErrorNumber.wouldBlock))]) {
      expect(server.send(([1] as [UInt8]).span.bytes, to: target) == ErrorNumber.wouldBlock)
    }
    let six = try #require(SourceAddress(addressText: "::1"))
    expect(server.send(([1] as [UInt8]).span.bytes, to: six) == ErrorNumber.familyNotSupported)
    for call in [SystemCall.socket, .bind, .setsockopt, .getsockopt] {
      FaultInjection.with([.init(call, .error(ErrorNumber.inputOutput))]) {
        #expect(throws: SystemError(code: ErrorNumber.inputOutput, call: call)) {
          _ = try Self.open("[::]:0") { $0.countsDrops = true }
        }
      }
    }
    // A receive offload that the kernel has not is no failure.
    try FaultInjection.with([.init(.setsockopt, .error(ErrorNumber.invalid))]) {
      let socket = try Self.open("127.0.0.1:0") { $0.receiveOffload = true }
      expect(!socket.hasReceiveOffload)
    }
  }

  @Test func kernelWithoutIPv6() throws {
    let rules = [FaultInjection.Rule(.socket, .error(ErrorNumber.familyNotSupported), times: 1)]
    try FaultInjection.with(rules) {
      let socket = try Self.open("[::]:0")
      expect(!socket.isIPv6 && socket.localAddress.description.hasPrefix("0.0.0.0:"))
    }
    FaultInjection.with(rules) {
      #expect(throws: SystemError(code: ErrorNumber.familyNotSupported, call: .socket)) { _ = try Self.open("[::1]:0") }
    }
  }

  @Test func batchIsSentInParts() throws {
    let server = try Self.open("127.0.0.1:0")
    let client = try UDPSocket.connected(to: server.localAddress)
    var batch = SendBatch(datagrams: 3, bytes: 100)
    for value in [1, 2, 3] as [UInt8] { expect(batch.append([value].span.bytes)) }
    FaultInjection.with([.init(.sendBatch, .error(ErrorNumber.wouldBlock), times: 1)]) {
      expect(batch.send(over: client) == -11)
      expect(batch.count == 3)
    }
    expect(batch.send(over: client) == 3)
    expect(batch.send(over: client) == 0)
    var slab = ReceiveSlab(slots: 8, bytesPerSlot: 64)
    #expect(try Self.receive(3, &slab, server).map(\.bytes) == [[1], [2], [3]])
  }
}
