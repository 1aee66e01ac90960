import NIOCore
import NIOHTTP1
import Primitives
import Sys

/// Who answers a request wants its body now: a client that waits to be told so is told.
struct BodyWanted: Sendable {}

/// Stands behind the parser and looks after bodies: a client that waits for `100 Continue` gets it when its body is wanted;
/// a body that does not come, or too slowly, is given up; a connection whose request is answered before its body was
/// read ends, since nobody reads the rest.
final class BodyWatch: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Requests whose heads came, and those that were answered.
  private var begun = 0
  private var answered = 0
  /// Whether the newest request's body has not ended.
  private var isOpen = false
  private var awaitsContinue = false
  private var isClosing = false
  private var isWatching = false
  private var pace = BodyPace()

  private static let lookEvery = TimeAmount.seconds(1)
  /// A client that is still writing must be read from until it looks: a connection that is closed under it would take
  /// the answer along.
  private static let lingering = TimeAmount.seconds(3)

  /// Puts one between the server's parser and what makes requests of its parts.
  static func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
    let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
    try pipeline.addHandler(BodyWatch(), position: .after(parser))
  }

  // MARK: requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isClosing { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      begun += 1
      isOpen = true
      awaitsContinue = head.headers["expect"].contains { $0.lowercased() == "100-continue" }
      pace = BodyPace()
      watch(context)
    case .body(let bytes):
      // It did not wait, as it may.
      awaitsContinue = false
      pace.note(bytes.readableBytes, at: Clock.monotonicNanos())
    case .end:
      isOpen = false
    }
    context.fireChannelRead(data)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent { noteCut(context) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    noteCut(context)
    context.fireChannelInactive()
  }

  /// A body that breaks off must not look as if it had ended.
  private func noteCut(_ context: ChannelHandlerContext) {
    if isOpen && !isClosing { context.fireErrorCaught(APIProblem.damagedBody("it ends before it is whole")) }
    isOpen = false
  }

  func read(context: ChannelHandlerContext) {
    if isOpen && !awaitsContinue { pace.beginWaiting(at: Clock.monotonicNanos()) }
    context.read()
  }

  /// Looks now and then while a body is to come.
  private func watch(_ context: ChannelHandlerContext) {
    if isWatching { return }
    isWatching = true
    context.eventLoop.assumeIsolated().scheduleTask(in: Self.lookEvery) { [weak self] in
      self?.look(context)
    }
  }

  private func look(_ context: ChannelHandlerContext) {
    isWatching = false
    if !isOpen || isClosing || !context.channel.isActive { return }
    if !awaitsContinue && pace.isTooSlow(at: Clock.monotonicNanos()) {
      // Whoever reads the body is told, and answers.
      context.fireErrorCaught(APIProblem.slowBody)
      return
    }
    watch(context)
  }

  // MARK: answers

  func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
    guard event is BodyWanted else {
      return context.triggerUserOutboundEvent(event, promise: promise)
    }
    if isOpen && awaitsContinue && answered + 1 == begun {
      awaitsContinue = false
      let head = HTTPResponseHead(version: .http1_1, status: .continue)
      context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }
    promise?.succeed()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head):
      guard head.status.code >= 200, isOpen, answered + 1 == begun else { break }
      isClosing = true
      head.headers.replaceOrAdd(name: "connection", value: "close")
      context.write(wrapOutboundOut(.head(head)), promise: promise)
      return
    case .body: break
    case .end:
      answered += 1
      if isClosing {
        context.writeAndFlush(data, promise: promise)
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
        return
      }
    }
    context.write(data, promise: promise)
  }
}

/// How fast a body comes, in the time in which it was waited for.
struct BodyPace {
  private var bytes = 0
  private var waitedNanos: Int64 = 0
  private var waitingSince: Int64?

  mutating func beginWaiting(at now: Int64) { waitingSince = waitingSince ?? now }

  mutating func note(_ count: Int, at now: Int64) {
    bytes += count
    if let since = waitingSince { waitedNanos += now - since }
    waitingSince = nil
  }

  /// Whether it is not worth waiting for.
  func isTooSlow(at now: Int64) -> Bool {
    let silence = waitingSince.map { now - $0 } ?? 0
    let patience = Limits.bodySilenceSeconds * Nanos.perSecond
    let fair = Int64(bytes) * Nanos.perSecond / Int64(Limits.bodyBytesPerSecond)
    return silence > patience || waitedNanos + silence > patience + fair
  }
}
