public import NIOCore

/// Asks a connection to end at once, without the goodbyes of TLS, for which a client that takes nothing would be waited.
public struct EndAtOnce: Sendable {
  public init() {}
}

/// Asks a connection to end when what was written is with the kernel, without waiting for the other side's goodbye.
struct EndWhenSent: Sendable {}

/// Stands between TLS and the network.
final class AbruptClose: ChannelOutboundHandler, RemovableChannelHandler {
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
    switch event {
    case is EndAtOnce: context.close(promise: promise)
    case is EndWhenSent:
      let channel = context.channel
      context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenSuccess { channel.endAtOnce() }
      promise?.succeed()
    default: context.triggerUserOutboundEvent(event, promise: promise)
    }
  }
}

extension Channel {
  /// Ends the connection now, whatever is being written. From any thread.
  public func endAtOnce() {
    triggerUserOutboundEvent(EndAtOnce()).whenFailure { _ in self.close(promise: nil) }
  }
}
