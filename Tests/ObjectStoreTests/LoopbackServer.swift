import NIOCore
import NIOPosix
import Synchronization

/// Answers the first request of each connection with the same octets and closes it; or says nothing.
final class LoopbackServer: Sendable {
  let port: Int
  private let channel: any Channel
  private let seen: Seen

  final class Seen: Sendable {
    let bytes = Mutex<[UInt8]>([])
  }

  /// - Parameter answer: nil for one that only listens.
  init(answer: String?) throws {
    let seen = Seen()
    channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Handler(seen, answer))
        }
      }
      .bind(host: "127.0.0.1", port: 0).wait()
    port = channel.localAddress?.port ?? 0
    self.seen = seen
  }

  deinit { channel.close(promise: nil) }

  var bytes: [UInt8] { seen.bytes.withLock { $0 } }

  func close() { try? channel.close().wait() }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let seen: Seen
    private let answer: String?
    private var request: [UInt8] = []
    private var isAnswered = false

    init(_ seen: Seen, _ answer: String?) {
      self.seen = seen
      self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      request += unwrapInboundIn(data).readableBytesView
      let text = String(decoding: request, as: UTF8.self).lowercased()
      guard let answer, !isAnswered, let end = text.firstRange(of: "\r\n\r\n") else { return }
      let field = text.firstRange(of: "content-length: ")
      let length = field.flatMap { Int(text[$0.upperBound...].prefix { $0.isNumber }) } ?? 0
      if text[end.upperBound...].utf8.count < length { return }
      isAnswered = true
      seen.bytes.withLock { $0 = request }
      let loop = NIOLoopBound(context, eventLoop: context.eventLoop)
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer))).whenComplete { _ in
        loop.value.close(promise: nil)
      }
    }
  }
}
