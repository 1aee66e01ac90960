import Cryptography
import NIOCore
import NIOSSL
import NIOTLS
import Primitives

/// Whom a client's certificate names. Fired through the pipeline when a connection has become secure.
public struct CertifiedPeer: Sendable {
  /// The subject's common name; nil if the client showed no certificate, or one without a name.
  public let name: String?
}

/// Stands behind TLS: ends a connection that does not become secure in time, tells who is at its other end, and lets
/// nobody wait for that one's goodbye.
final class HandshakeWatch: ChannelDuplexHandler, RemovableChannelHandler {
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let noteFailure: () -> Void
  private var deadline: Scheduled<Void>?
  private var isSecure = false

  init(noteFailure: @escaping () -> Void) { self.noteFailure = noteFailure }

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    // From the first moment on: who connects and says nothing must not stay.
    deadline = context.eventLoop.scheduleTask(in: .seconds(Limits.handshakeSeconds)) { channel.endAtOnce() }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    deadline?.cancel()
    if !isSecure { noteFailure() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    context.fireUserInboundEventTriggered(event)
    guard Self.isCompletion(event), !isSecure else { return }
    isSecure = true
    deadline?.cancel()
    let certificate = try? context.channel.pipeline.syncOperations.nioSSL_peerCertificate()
    let name = (try? certificate?.toDERBytes()).flatMap { CertificateName.commonName(der: $0) }
    context.fireUserInboundEventTriggered(CertifiedPeer(name: name))
  }

  static func isCompletion(_ event: Any) -> Bool {
    if case .handshakeCompleted? = event as? TLSUserEvent { true } else { false }
  }

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    context.close(mode: mode, promise: promise)
    // TLS would wait five seconds for a client that reads nothing now; HTTP has no use for what it could still say.
    if mode == .all { context.triggerUserOutboundEvent(EndWhenSent(), promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // Many clients leave without the goodbye of TLS. HTTP says itself where a message ends.
    if isSecure, case .uncleanShutdown? = error as? NIOSSLError { return }
    context.fireErrorCaught(error)
  }
}
