import NIOCore
import NIOPosix
import Secure
import Synchronization

/// Answers whatever comes with the same octets, or not at all; over TLS or without it.
final class TestServer: Sendable {
  let port: Int
  private let channel: any Channel
  private let seen = Mutex(Seen())

  struct Seen: Sendable {
    var names: [String?] = []
    var bytes: [UInt8] = []
    var channels: [any Channel] = []
  }

  /// - Parameter answer: nil for one that only listens.
  init(_ tls: ServerTLS?, answer: String?, ends: Bool = true) throws {
    let holder = Holder()
    channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          holder.server?.seen.withLock { $0.channels.append(channel) }
          if let tls { try tls.secure(channel.pipeline.syncOperations) }
          try channel.pipeline.syncOperations.addHandler(AnswerHandler(holder, answer, ends: ends))
        }
      }
      .bind(host: "127.0.0.1", port: 0).wait()
    port = channel.localAddress?.port ?? 0
    holder.server = self
  }

  deinit { channel.close(promise: nil) }

  var names: [String?] { seen.withLock { $0.names } }
  var bytes: [UInt8] { seen.withLock { $0.bytes } }

  /// Ends all connections as a process does that is killed.
  func drop() {
    for channel in seen.withLock({ $0.channels }) { channel.endAtOnce() }
  }

  fileprivate func note(name: String?) { seen.withLock { $0.names.append(name) } }
  fileprivate func note(_ bytes: [UInt8]) { seen.withLock { $0.bytes += bytes } }

  fileprivate final class Holder: Sendable {
    private let kept = Mutex<Weak>(Weak())
    private struct Weak: Sendable { weak var server: TestServer? }
    var server: TestServer? {
      get { kept.withLock { $0.server } }
      set { kept.withLock { $0.server = newValue } }
    }
  }

  private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let holder: Holder
    private let answer: String?
    private let ends: Bool

    init(_ holder: Holder, _ answer: String?, ends: Bool) {
      (self.holder, self.answer, self.ends) = (holder, answer, ends)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      holder.server?.note(Array(unwrapInboundIn(data).readableBytesView))
      guard let answer else { return }
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
      if ends { context.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if let peer = event as? CertifiedPeer { holder.server?.note(name: peer.name) }
      if case .inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
