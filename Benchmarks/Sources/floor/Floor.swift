import NIOCore
import NIOHTTP1
import NIOPosix

/// What HTTP costs before anything is done: NIO's HTTP/1 and nothing else, a fixed answer on one event loop.
///
///     floor PORT BYTES      answers every request with so many octets, until it is ended
@main
enum Floor {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let port = Int(arguments[1]), let byteCount = Int(arguments[2]), byteCount >= 0 else {
      print("usage: floor PORT BYTES; see Floor.swift")
      return
    }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(FixedAnswer(byteCount: byteCount))
        }
      }
      .bind(host: "127.0.0.1", port: port).get()
    try await channel.closeFuture.get()
  }
}

/// Answers each request with the same octets.
private final class FixedAnswer: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let body: ByteBuffer
  private let head: HTTPResponseHead

  init(byteCount: Int) {
    body = ByteBuffer(repeating: UInt8(ascii: " "), count: byteCount)
    head = HTTPResponseHead(
      version: .http1_1, status: .ok,
      headers: ["Content-Type": "application/json", "Content-Length": "\(byteCount)"])
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .end = unwrapInboundIn(data) else { return }
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }
}
