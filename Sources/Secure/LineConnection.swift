import NIOCore
import NIOPosix
import NIOSSL
import Primitives
import Sys
import Synchronization

/// A connection over which lines are spoken, that may become secure in the middle (as STARTTLS has it). For one thread:
/// each call waits, for a bounded time.
public final class LineConnection {
  private let channel: any Channel
  private let handler: NIOLoopBound<LinesHandler>
  private let inbox: Inbox
  private let host: String

  /// What came and was not read yet.
  fileprivate final class Inbox: Sendable {
    private let state = Mutex<(bytes: [UInt8], fault: TLSFault?)>(([], nil))
    private let wakeUp: WakeUp
    let longestBytes: Int

    init(longestBytes: Int) throws(SystemError) {
      self.longestBytes = longestBytes
      wakeUp = try WakeUp()
    }

    var isEmpty: Bool { state.withLock { $0.bytes.isEmpty } }
    var fault: TLSFault? { state.withLock { $0.fault } }

    /// False if it is more than anybody waits for.
    func take(_ bytes: ByteBufferView) -> Bool {
      defer { wakeUp.signal() }
      return state.withLock { state in
        if state.bytes.count + bytes.count > 16 * longestBytes { return false }
        state.bytes += bytes
        return true
      }
    }

    /// The first cause stands.
    func note(_ fault: TLSFault) {
      state.withLock { $0.fault = $0.fault ?? fault }
      wakeUp.signal()
    }

    func line() throws(TLSFault) -> [UInt8]? {
      try state.withLock { state throws(TLSFault) in
        if let end = state.bytes.firstIndex(of: 0x0A), end <= longestBytes {
          var line = Array(state.bytes[..<end])
          state.bytes.removeFirst(end + 1)
          if line.last == 0x0D { line.removeLast() }
          return line
        }
        if state.bytes.count > longestBytes { throw TLSFault("a line has more than \(longestBytes) octets") }
        if let fault = state.fault { throw fault }
        return nil
      }
    }

    func wait(nanos: Int64) { wakeUp.wait(timeoutNanos: nanos) }
  }

  private init(_ channel: any Channel, _ handler: NIOLoopBound<LinesHandler>, _ inbox: Inbox, host: String) {
    self.channel = channel
    self.handler = handler
    self.inbox = inbox
    self.host = host
  }

  /// - Parameters:
  ///   - trust: nil for one that begins without TLS.
  ///   - seconds: how long it may take until it stands.
  ///   - longestLineBytes: more octets than that are no line.
  public static func open(
    host: String, port: Int, trust: TLSTrust?, seconds: Int64, longestLineBytes: Int
  ) throws(TLSFault) -> LineConnection {
    do {
      let loop = MultiThreadedEventLoopGroup.singleton.next()
      let inbox = try Inbox(longestBytes: longestLineBytes)
      let ready = loop.makePromise(of: Void.self)
      let timer = loop.scheduleTask(in: .seconds(seconds)) { ready.fail(TLSFault("it did not answer in time")) }
      defer { timer.cancel() }
      let connection = ClientBootstrap(group: loop)
        .connectTimeout(.seconds(seconds))
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(AbruptClose())
            if let trust { try pipeline.addHandler(try trust.handler(host: host)) }
            try pipeline.addHandler(LinesHandler(inbox, ready, isSecured: trust != nil))
          }
        }
        .connect(host: host, port: port)
      connection.whenFailure { ready.fail($0) }
      do {
        let (channel, _) = try connection.and(ready.futureResult).wait()
        let handler = try channel.eventLoop.submit {
          NIOLoopBound(
            try channel.pipeline.syncOperations.handler(type: LinesHandler.self), eventLoop: channel.eventLoop)
        }.wait()
        return LineConnection(channel, handler, inbox, host: host)
      } catch {
        connection.whenSuccess { $0.endAtOnce() }
        throw error
      }
    } catch {
      throw TLSFault(error)
    }
  }

  /// A line without its end; nil if none has come within so long.
  public func line(waitNanos: Int64) throws(TLSFault) -> [UInt8]? {
    let until = Clock.monotonicNanos() + waitNanos
    while true {
      if let line = try inbox.line() { return line }
      let left = until - Clock.monotonicNanos()
      if left <= 0 { return nil }
      inbox.wait(nanos: left)
    }
  }

  /// Gives the octets to the kernel.
  public func send(_ bytes: [UInt8], seconds: Int64) throws(TLSFault) {
    if let fault = inbox.fault { throw fault }
    let sent = channel.eventLoop.makePromise(of: Void.self)
    let timer = channel.eventLoop.scheduleTask(in: .seconds(seconds)) { sent.fail(TLSFault("it takes nothing")) }
    channel.writeAndFlush(ByteBuffer(bytes: bytes)).cascade(to: sent)
    do {
      defer { timer.cancel() }
      try sent.futureResult.wait()
    } catch {
      inbox.note(TLSFault(error))
      channel.endAtOnce()
      throw inbox.fault ?? TLSFault(error)
    }
  }

  /// Makes it secure. What the other side said before and nobody read would be taken for what it says under TLS: then it
  /// ends.
  public func secure(_ trust: TLSTrust, seconds: Int64) throws(TLSFault) {
    let secured = channel.eventLoop.makePromise(of: Void.self)
    let timer = channel.eventLoop.scheduleTask(in: .seconds(seconds)) {
      secured.fail(TLSFault("it did not become secure in time"))
    }
    let (channel, handler, inbox, host) = (channel, handler, inbox, host)
    channel.eventLoop.execute {
      do {
        if !inbox.isEmpty { throw TLSFault("it said something before it was secure") }
        handler.value.expect(secured)
        let first = try channel.pipeline.syncOperations.handler(type: AbruptClose.self)
        try channel.pipeline.syncOperations.addHandler(try trust.handler(host: host), position: .after(first))
      } catch {
        secured.fail(error)
      }
    }
    do {
      defer { timer.cancel() }
      try secured.futureResult.wait()
    } catch {
      inbox.note(TLSFault(error))
      channel.endAtOnce()
      throw TLSFault(error)
    }
  }

  public func close() {
    inbox.note(TLSFault("the connection was closed"))
    // What was written goes out; the other side's goodbye is not waited for.
    channel.triggerUserOutboundEvent(EndWhenSent(), promise: nil)
  }
}

/// Gathers what comes, and notes when the connection stands and why it ended.
private final class LinesHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let inbox: LineConnection.Inbox
  private var ready: EventLoopPromise<Void>?
  private let isSecured: Bool

  init(_ inbox: LineConnection.Inbox, _ ready: EventLoopPromise<Void>, isSecured: Bool) {
    self.inbox = inbox
    self.ready = ready
    self.isSecured = isSecured
  }

  /// Keeps the promise when the connection has become secure.
  func expect(_ promise: EventLoopPromise<Void>) { ready = promise }

  func channelActive(context: ChannelHandlerContext) {
    if !isSecured { keep(nil) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if inbox.take(unwrapInboundIn(data).readableBytesView) { return }
    end(TLSFault("it says more than anybody asked"))
    context.close(promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if HandshakeWatch.isCompletion(event) { keep(nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end(TLSFault(error))
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) { end(TLSFault("the connection was closed")) }

  private func end(_ fault: TLSFault) {
    inbox.note(fault)
    keep(fault)
  }

  private func keep(_ fault: TLSFault?) {
    if let fault { ready?.fail(fault) } else { ready?.succeed() }
    ready = nil
  }
}
