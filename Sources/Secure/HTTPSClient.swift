public import Access
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Primitives
public import Text

/// Gets documents over HTTPS: one question a connection, no redirects, and bounds to everything. No proxy is asked.
public struct HTTPSClient: IdentityTransport {
  private let trust: TLSTrust

  public init(_ trust: TLSTrust) { self.trust = trust }

  /// Asks with these headers beside the usual ones; hands `body` over by POST, if there is one.
  ///
  /// - Throws: why there is no whole answer of at most so many bytes within so long.
  public func ask(
    _ address: WebAddress, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil, longestBytes: Int,
    seconds: Int64
  ) async throws(TLSFault) -> HTTPSAnswer {
    do {
      let deadline = NIODeadline.now() + .seconds(seconds)
      return try await ask(address, headers, body, longestBytes: longestBytes, until: deadline).get()
    } catch {
      throw TLSFault(error)
    }
  }

  /// - Throws: why there is no body of an answer 200.
  public func get(
    _ address: WebAddress, longestBytes: Int, seconds: Int64
  ) async throws(IdentityFault) -> [UInt8] {
    let answer: HTTPSAnswer
    do throws(TLSFault) {
      answer = try await ask(address, longestBytes: longestBytes, seconds: seconds)
    } catch {
      throw IdentityFault("\(address): \(error)")
    }
    if answer.status == 200 { return answer.body }
    throw IdentityFault("\(address): it answered \(answer.status)")
  }

  private func ask(
    _ address: WebAddress, _ headers: [(name: String, value: String)], _ body: [UInt8]?, longestBytes: Int,
    until deadline: NIODeadline
  ) -> EventLoopFuture<HTTPSAnswer> {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let answer = loop.makePromise(of: HTTPSAnswer.self)
    let timer = loop.scheduleTask(deadline: deadline) { answer.fail(TLSFault("it did not answer in time")) }
    let trust = trust
    let connection = ClientBootstrap(group: loop)
      .connectTimeout(deadline - .now())
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if address.isSecure { try pipeline.addHandler(try trust.handler(host: address.host)) }
          try pipeline.addHTTPClientHandlers()
          try pipeline.addHandler(GetHandler(address, headers, body, longestBytes: longestBytes, answer))
        }
      }
      .connect(host: address.host, port: address.port)
    connection.whenFailure { answer.fail($0) }
    answer.futureResult.whenComplete { _ in
      timer.cancel()
      // Whether it stands by now, or will.
      connection.whenSuccess { $0.close(mode: .all, promise: nil) }
    }
    return answer.futureResult
  }
}

/// Asks when the connection stands, and gathers the answer.
private final class GetHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let address: WebAddress
  private let headers: [(name: String, value: String)]
  private let body: [UInt8]?
  private let longestBytes: Int
  private let answer: EventLoopPromise<HTTPSAnswer>
  private var gathered = HTTPSAnswer()

  init(
    _ address: WebAddress, _ headers: [(name: String, value: String)], _ body: [UInt8]?, longestBytes: Int,
    _ answer: EventLoopPromise<HTTPSAnswer>
  ) {
    self.address = address
    self.headers = headers
    self.body = body
    self.longestBytes = longestBytes
    self.answer = answer
  }

  func channelActive(context: ChannelHandlerContext) {
    var fields: HTTPHeaders = ["Host": address.hostField, "User-Agent": "thinai", "Connection": "close"]
    for header in headers { fields.add(name: header.name, value: header.value) }
    if let body { fields.add(name: "Content-Length", value: String(body.count)) }
    let method: HTTPMethod = body == nil ? .GET : .POST
    let head = HTTPRequestHead(version: .http1_1, method: method, uri: address.target, headers: fields)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if let body { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil) }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      gathered.status = Int(head.status.code)
      gathered.headers = head.headers.map { (name: $0.name, value: $0.value) }
    case .body(let bytes):
      if gathered.body.count + bytes.readableBytes > longestBytes {
        answer.fail(TLSFault("its answer is longer than \(longestBytes) bytes"))
        context.close(promise: nil)
      } else {
        gathered.body += bytes.readableBytesView
      }
    case .end: answer.succeed(gathered)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // Behind the answer there is nothing that could be wrong; before it, the first cause stands.
    answer.fail(error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    answer.fail(TLSFault("the connection was closed"))
  }
}
