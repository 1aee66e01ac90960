import NIOCore
import NIOHTTP1

/// Answers who speaks HTTP/1.0 in HTTP/1.0: such a client knows no chunks, so a body without a length ends with the
/// connection. The server above speaks 1.1 to everybody.
final class OldClientHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Of each request that is not answered yet: whether it is of 1.0, and whether the connection is to stay.
  private var asked = CircularBuffer<(isOld: Bool, stays: Bool)>()
  private var closes = false

  /// Puts one between the server's parser and what makes requests of its parts.
  static func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
    let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
    try pipeline.addHandler(OldClientHandler(), position: .after(parser))
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head(let head) = unwrapInboundIn(data) {
      asked.append((isOld: head.version.major == 1 && head.version.minor == 0, stays: head.isKeepAlive))
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head):
      guard let request = asked.first, request.isOld, head.status.code >= 200 else { break }
      closes = !request.stays || !head.headers.contains(name: "content-length")
      head.version = .http1_0
      head.headers.replaceOrAdd(name: "connection", value: closes ? "close" : "keep-alive")
      context.write(wrapOutboundOut(.head(head)), promise: promise)
      return
    case .body: break
    case .end:
      if !asked.isEmpty { asked.removeFirst() }
      if !closes { break }
      let channel = context.channel
      let promise = promise ?? context.eventLoop.makePromise()
      promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
      context.writeAndFlush(data, promise: promise)
      return
    }
    context.write(data, promise: promise)
  }
}
