import Primitives
import Sys
import Testing

/// Groups are joined where a listener names one.
@Suite struct MulticastTests {
  @Test func groupsAreToldByTheirAddress() throws {
    for text in ["239.255.77.1:5000", "224.0.0.1:5", "[ff02::5]:5000", "[ff15::17]:20004"] {
      #expect(try #require(SocketAddress(text)).isMulticast, "\(text)")
    }
    for text in ["127.0.0.1:5000", "240.0.0.1:5000", "[::]:5000", "[fe80::1]:5000", "*:5000", "223.255.255.255:1"] {
      #expect(try !#require(SocketAddress(text)).isMulticast, "\(text)")
    }
  }

  /// What is sent to the group over the loopback is heard, by two listeners that share it.
  @Test func groupsAreJoined() throws {
    var options = UDPSocketOptions(address: try #require(SocketAddress("239.255.77.1:0")))
    let first = try UDPSocket.open(options)
    options.address.port = first.localPort
    let second = try UDPSocket.open(options)
    let client = try UDPSocket.connected(to: options.address, from: SocketAddress("127.0.0.1:0"))
    let sent = client.send(([7, 8, 9] as [UInt8]).span.bytes)
    #expect(sent == 0)
    for number in 0..<2 {
      var slab = ReceiveSlab(slots: 1, bytesPerSlot: 64)
      let isThere =
        number == 0
        ? first.waitReadable(timeoutNanos: Nanos.perSecond) : second.waitReadable(timeoutNanos: Nanos.perSecond)
      #expect(isThere)
      let count = number == 0 ? slab.receive(from: first) : slab.receive(from: second)
      #expect(count == 1)
      let bytes = slab.bytes(0, segment: 0).withUnsafeBytes { Array($0) }
      #expect(bytes == [7, 8, 9])
    }
  }

  /// The loopback has no way for groups of IPv6, but may be joined; one of a link is joined everywhere if no link is told.
  @Test(arguments: ["[ff11::77%lo]:0", "[ff12::78%lo]:0", "[ff02::5]:0"])
  func groupsOfIPv6(group: String) throws {
    let options = UDPSocketOptions(address: try #require(SocketAddress(group)))
    let socket = try UDPSocket.open(options)
    #expect(socket.localPort != 0)
  }
}
