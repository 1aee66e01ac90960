import NIOCore
import NIOEmbedded
import Primitives
@testable import Secure
import Testing

/// Connections that do not become secure, on a clock of the test's own.
@Suite struct HandshakeWatchTests {
  private let files: TestFiles
  init() throws { files = try TestFiles() }

  private func connection() throws -> (EmbeddedChannel, ServerTLS) {
    let tls = try ServerTLS(files.server())
    let channel = EmbeddedChannel()
    try tls.secure(channel.pipeline.syncOperations)
    _ = try channel.pipeline.syncOperations.handler(type: HandshakeWatch.self)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    return (channel, tls)
  }

  @Test func whoSaysNothingLeaves() throws {
    let (channel, tls) = try connection()
    channel.embeddedEventLoop.advanceTime(by: .seconds(Limits.handshakeSeconds) - .nanoseconds(1))
    #expect(channel.isActive && tls.failedHandshakes == 0)
    channel.embeddedEventLoop.advanceTime(by: .nanoseconds(1))
    #expect(!channel.isActive && tls.failedHandshakes == 1)
  }

  @Test func whoSaysItSlowlyLeavesTheSame() throws {
    let (channel, _) = try connection()
    // The head of a greeting of 512 octets, and of these one a second.
    for octet in [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03] as [UInt8] {
      #expect(channel.isActive)
      try channel.writeInbound(ByteBuffer(bytes: [octet]))
      channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    }
    #expect(!channel.isActive)
  }

  /// Carries octets between both ends until neither has more to say.
  private func talk(_ left: EmbeddedChannel, _ right: EmbeddedChannel) throws {
    while true {
      let (there, back) = (try left.readOutbound(as: ByteBuffer.self), try right.readOutbound(as: ByteBuffer.self))
      if there == nil && back == nil { return }
      if let there { try right.writeInbound(there) }
      if let back { try left.writeInbound(back) }
    }
  }

  @Test func nobodyWaitsForAGoodbye() throws {
    let (server, tls) = try connection()
    let client = EmbeddedChannel(handler: try files.trust().handler(host: "localhost"))
    try client.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    try talk(client, server)
    // The handshake's deadline holds no more.
    server.embeddedEventLoop.advanceTime(by: .seconds(10 * Limits.handshakeSeconds))
    #expect(server.isActive && tls.failedHandshakes == 0)
    server.writeAndFlush(ByteBuffer(string: "the answer"), promise: nil)
    server.close(promise: nil)
    server.embeddedEventLoop.run()
    #expect(!server.isActive)
    // All of it was sent, with our own goodbye, before the end.
    while let bytes = try server.readOutbound(as: ByteBuffer.self) {
      if bytes.readableBytes > 0 { try client.writeInbound(bytes) }
    }
    #expect(try client.readInbound(as: ByteBuffer.self) == ByteBuffer(string: "the answer"))
    client.embeddedEventLoop.run()
    #expect(!client.isActive && tls.failedHandshakes == 0)
  }

  @Test func anEndAtOnceWaitsForNobody() throws {
    let (channel, _) = try connection()
    let end = channel.triggerUserOutboundEvent(EndAtOnce())
    channel.embeddedEventLoop.run()
    try end.wait()
    #expect(!channel.isActive)
    // Where nobody stands who knows of it, a connection is closed as always.
    let plain = EmbeddedChannel()
    try plain.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    plain.endAtOnce()
    plain.embeddedEventLoop.run()
    #expect(!plain.isActive)
    // And others' events pass by.
    let other = EmbeddedChannel(handler: AbruptClose())
    let passed = other.triggerUserOutboundEvent("hello")
    other.embeddedEventLoop.run()
    #expect(throws: (any Error).self) { try passed.wait() }
  }
}
