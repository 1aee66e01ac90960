import NIOCore
import Secure
import Sys

/// Stands in a connection's pipeline and notes what becomes of its client.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = Never

  private let book: ConnectionBook
  private let presence = ClientPresence()

  init(_ book: ConnectionBook) { self.book = book }

  func handlerAdded(context: ChannelHandlerContext) {
    Self.keepFromChildren(context.channel.pipeline.syncOperations)
    // A pipeline without the server's parser, as tests have it, has no old clients either.
    try? OldClientHandler.add(to: context.channel.pipeline.syncOperations)
    try? BodyWatch.add(to: context.channel.pipeline.syncOperations)
    // Nearer to the network than that: whatever is answered passes by it last.
    try? RefusalHandler.add(to: context.channel.pipeline.syncOperations)
    let channel = context.channel
    let key = ObjectIdentifier(channel)
    presence.connect { channel.endAtOnce() }
    book.enter(key, presence)
    channel.closeFuture.whenComplete { [book, presence] _ in
      presence.noteClosed()
      book.leave(key)
    }
  }

  /// A child that inherits a socket keeps it.
  private static func keepFromChildren(_ pipeline: ChannelPipeline.SynchronousOperations) {
    // Channels without a descriptor have none to inherit.
    try? pipeline.withUnsafeTransportIfAvailable { (descriptor: CInt) in Descriptors.closeOnExec(descriptor) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent { presence.noteHalfClosed() }
    if let peer = event as? CertifiedPeer { presence.noteSecured(certifiedName: peer.name) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    presence.note(isWritable: context.channel.isWritable)
    context.fireChannelWritabilityChanged()
  }
}
