import HTTPTypes
import NIOCore
import NIOHTTP1
import Primitives
import Sys

/// Stands right behind the parser: what the parser or HTTP itself refuses is answered as every refusal is, and every
/// answer gets its date. Behind a refusal nothing of the connection is understood any more, so it ends.
final class RefusalHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let progress: RequestProgress
  /// Requests that were handed on and are not answered yet.
  private var unanswered = 0
  /// What is answered once they are.
  private var refusal: (problem: APIProblem, hasBody: Bool)?
  private var isRefused = false

  /// A client that is still writing must be read from until it looks: a connection that is closed under it would take
  /// the answer along.
  private static let lingering = TimeAmount.seconds(3)

  private init(_ progress: RequestProgress) { self.progress = progress }

  /// Puts one between the server's parser and what makes requests of its parts, and one before the parser that helps.
  static func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
    let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
    let progress = RequestProgress()
    try pipeline.addHandler(RequestLineHandler(progress), position: .before(parser))
    try pipeline.addHandler(RefusalHandler(progress), position: .after(parser))
  }

  // MARK: requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    if case .end = part { progress.noteEnd() }
    if isRefused { return }
    if case .head(let head) = part {
      if let problem = Self.flaw(of: head) { return refuse(problem, hasBody: head.method != .HEAD, context) }
      unanswered += 1
    }
    context.fireChannelRead(data)
  }

  /// What HTTP does not allow and the parser does not see.
  private static func flaw(of head: HTTPRequestHead) -> APIProblem? {
    let hosts = head.headers["host"].count
    let isOld = head.version.major == 1 && head.version.minor == 0
    if head.version.major != 1 {
      return .badVersion("HTTP/\(head.version.major).\(head.version.minor)")
    }
    if hosts > 1 { return .badRequest("it has \(hosts) Host headers") }
    if hosts == 0 && !isOld { return .badRequest("it has no Host header") }
    if head.headers["content-length"].count > 1 { return .badRequest("it has several Content-Length headers") }
    let coding = head.headers["transfer-encoding"].last?.lowercased()
    if let coding, !coding.hasSuffix("chunked") { return .badRequest("it ends nobody knows where: \(coding)") }
    return nil
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // What still comes behind a fault is one to the parser too: it is read so that the client may end, and no more.
    if isRefused { return }
    guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
    refuse(Self.problem(of: error, isLineRead: progress.isLineRead), hasBody: true, context)
  }

  private static func problem(of error: HTTPParserError, isLineRead: Bool) -> APIProblem {
    switch error {
    case .headerOverflow: isLineRead ? .headersTooLarge : .targetTooLong
    case .invalidVersion: .badVersion("its version")
    // HTTP/2 without having agreed on it begins so.
    case .paused: .badVersion("HTTP/2 on a connection that was not agreed to be of it")
    case .invalidMethod: .badRequest("there is no such method, or what came is no HTTP")
    case .invalidURL: .badRequest("its target is none: what a URL does not allow must be percent-encoded")
    case .invalidConstant: .badRequest("its first line is not METHOD TARGET HTTP/1.1")
    case .invalidHeaderToken: .badRequest("a header's name or value holds what it must not")
    case .invalidContentLength, .unexpectedContentLength:
      .badRequest("its Content-Length is no length, or is not the only one")
    case .invalidChunkSize: .badRequest("a chunk's size is none")
    case .invalidEOFState, .closedConnection: .badRequest("it ends before it is whole")
    default: .badRequest("it is no HTTP/1.1")
    }
  }

  // MARK: answers

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head):
      if !head.headers.contains(name: "date") {
        head.headers.add(name: "Date", value: HTTPDate.text(Clock.realtimeNanos()))
      }
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body:
      context.write(data, promise: promise)
    case .end:
      unanswered = max(0, unanswered - 1)
      context.write(data, promise: promise)
      if let refusal, unanswered == 0 { answer(refusal, context) }
    }
  }

  private func refuse(_ problem: APIProblem, hasBody: Bool, _ context: ChannelHandlerContext) {
    isRefused = true
    if unanswered == 0 { answer((problem, hasBody), context) } else { refusal = (problem, hasBody) }
  }

  private func answer(_ refusal: (problem: APIProblem, hasBody: Bool), _ context: ChannelHandlerContext) {
    self.refusal = nil
    let answer = refusal.problem.answer
    let headers: HTTPHeaders = [
      "Content-Type": answer.contentType, "Content-Length": String(answer.bytes.count), "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff", "Server": "thinai", "Connection": "close",
      "Content-Security-Policy": SecurityHeaders.dataPolicy, "Referrer-Policy": SecurityHeaders.referrerPolicy,
      "Date": HTTPDate.text(Clock.realtimeNanos()),
    ]
    let status = HTTPResponseStatus(statusCode: answer.status.code, reasonPhrase: answer.status.reasonPhrase)
    let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if refusal.hasBody {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.bytes)))), promise: nil)
    }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.close(mode: .output, promise: nil)
    let channel = context.channel
    context.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // The client closed its side too: nobody writes any more.
    if isRefused && refusal == nil, case .inputClosed? = event as? ChannelEvent {
      context.channel.close(promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }
}

extension APIProblem {
  fileprivate static func badRequest(_ cause: String) -> APIProblem {
    APIProblem(
      .badRequest, kind: "bad-request", title: "The request is no HTTP", detail: "cannot read the request: \(cause)")
  }

  fileprivate static func badVersion(_ version: String) -> APIProblem {
    APIProblem(
      .httpVersionNotSupported, kind: "bad-version", title: "The version of HTTP is not spoken",
      detail: "cannot read the request: \(version) is not HTTP/1.1 or HTTP/1.0")
  }

  fileprivate static let targetTooLong = APIProblem(
    .uriTooLong, kind: "target-too-long", title: "The request's target is too long",
    detail: "cannot read the request: its target is longer than \(Limits.httpHeadBytes) bytes")

  fileprivate static let headersTooLarge = APIProblem(
    .requestHeaderFieldsTooLarge, kind: "headers-too-large", title: "The request's headers are too large",
    detail: "cannot read the request: its headers are larger than \(Limits.httpHeadBytes) bytes, or too many")
}
