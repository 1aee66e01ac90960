import NIOCore
import NIOPosix
import NIOSSL
import Primitives
import Synchronization

/// A connection that somebody sends octets over and that tells when it broke. For threads: each call waits, for a
/// bounded time. What was sent was given to the kernel; whether the other side read it, nobody knows.
public final class TLSConnection: Sendable {
  private let channel: any Channel
  private let broken: Broken

  fileprivate final class Broken: Sendable {
    private let cause = Mutex<TLSFault?>(nil)

    var fault: TLSFault? { cause.withLock { $0 } }

    /// The first cause stands.
    func note(_ fault: TLSFault) { cause.withLock { $0 = $0 ?? fault } }
  }

  private init(_ channel: any Channel, _ broken: Broken) {
    self.channel = channel
    self.broken = broken
  }

  /// - Parameters:
  ///   - trust: nil for a connection without TLS.
  ///   - seconds: how long it may take until it is secure.
  public static func open(
    host: String, port: Int, trust: TLSTrust?, seconds: Int64
  ) throws(TLSFault) -> TLSConnection {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let ready = loop.makePromise(of: Void.self)
    let timer = loop.scheduleTask(in: .seconds(seconds)) { ready.fail(TLSFault("it did not answer in time")) }
    let broken = Broken()
    let connection = ClientBootstrap(group: loop)
      .connectTimeout(.seconds(seconds))
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(AbruptClose())
          if let trust { try pipeline.addHandler(try trust.handler(host: host)) }
          try pipeline.addHandler(ConnectionEndHandler(broken, isSecured: trust != nil, ready))
        }
      }
      .connect(host: host, port: port)
    connection.whenFailure { ready.fail($0) }
    do {
      defer { timer.cancel() }
      return TLSConnection(try connection.and(ready.futureResult).map(\.0).wait(), broken)
    } catch {
      connection.whenSuccess { $0.endAtOnce() }
      throw TLSFault(error)
    }
  }

  /// Why the connection is of no use any more; nil while it is.
  public var fault: TLSFault? { broken.fault }

  /// Gives the octets to the kernel.
  ///
  /// - Throws: if the connection broke, or takes nothing for so long. It is of no use then.
  public func send(_ bytes: [UInt8], seconds: Int64) throws(TLSFault) {
    if let fault { throw fault }
    let sent = channel.eventLoop.makePromise(of: Void.self)
    let timer = channel.eventLoop.scheduleTask(in: .seconds(seconds)) { sent.fail(TLSFault("it takes nothing")) }
    channel.writeAndFlush(ByteBuffer(bytes: bytes)).cascade(to: sent)
    do {
      defer { timer.cancel() }
      try sent.futureResult.wait()
    } catch {
      broken.note(TLSFault(error))
      channel.endAtOnce()
      throw fault ?? TLSFault(error)
    }
  }

  /// Whether the other side's kernel has all that was sent (`tcp_info`). Its program may not have read it yet. False too
  /// where the connection broke.
  public func isAcknowledged(seconds: Int64) -> Bool {
    if fault != nil { return false }
    guard let provider = channel as? any SocketOptionProvider else { return false }
    let asked = channel.eventLoop.makePromise(of: TCPFacts.self)
    let timer = channel.eventLoop.scheduleTask(in: .seconds(seconds)) { asked.fail(TLSFault("it does not answer")) }
    provider.unsafeGetSocketOption(level: .tcp, name: .tcp_info).cascade(to: asked)
    defer { timer.cancel() }
    guard let facts = try? asked.futureResult.wait() else { return false }
    return fault == nil && facts.unacknowledgedSegments == 0 && facts.unsentBytes == 0
  }

  /// Says goodbye, and does not wait for the other side's.
  public func close() {
    broken.note(TLSFault("the connection was closed"))
    channel.close(promise: nil)
  }
}

/// Linux' `tcp_info` (linux/tcp.h), as far as it is looked at: the C library's own ends before what is needed here.
///
/// The kernel fills as much as it knows, and the rest stays zero.
private struct TCPFacts: Sendable {
  private var words:
    (
      UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64,
      UInt64, UInt64, UInt64, UInt64, UInt64, UInt64
    )

  /// `tcpi_unacked`, at octet 24.
  var unacknowledgedSegments: UInt32 { UInt32(truncatingIfNeeded: words.3) }
  /// `tcpi_notsent_bytes`, at octet 144.
  var unsentBytes: UInt32 { UInt32(truncatingIfNeeded: words.18) }
}

/// Notes when the connection stands, and why it ended.
private final class ConnectionEndHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let broken: TLSConnection.Broken
  private let isSecured: Bool
  private let ready: EventLoopPromise<Void>

  init(_ broken: TLSConnection.Broken, isSecured: Bool, _ ready: EventLoopPromise<Void>) {
    self.broken = broken
    self.isSecured = isSecured
    self.ready = ready
  }

  func channelActive(context: ChannelHandlerContext) {
    if !isSecured { ready.succeed() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if HandshakeWatch.isCompletion(event) { ready.succeed() }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end(TLSFault(error))
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) { end(TLSFault("the connection was closed")) }

  private func end(_ fault: TLSFault) {
    broken.note(fault)
    ready.fail(fault)
  }
}
