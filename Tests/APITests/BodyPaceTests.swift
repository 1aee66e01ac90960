@testable import API
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Primitives
import Testing

/// A body is waited for as long as it comes.
@Suite struct BodyPaceTests {
  private let patience = Limits.bodySilenceSeconds * Nanos.perSecond

  @Test func silenceIsBorneForAWhile() {
    var pace = BodyPace()
    #expect(!pace.isTooSlow(at: .max))
    pace.beginWaiting(at: 5)
    pace.beginWaiting(at: 500)
    #expect(!pace.isTooSlow(at: 5 + patience) && pace.isTooSlow(at: 6 + patience))
    pace.note(1, at: 10)
    // Nobody waits: it is not the client that takes its time.
    #expect(!pace.isTooSlow(at: .max))
  }

  @Test func dropsAreTooSlowTogether() {
    var pace = BodyPace()
    var now: Int64 = 0
    while !pace.isTooSlow(at: now) {
      pace.beginWaiting(at: now)
      now += Nanos.perSecond
      pace.note(100, at: now)
    }
    #expect(now > patience && now < 2 * patience)
    // As fast as it must be, for an hour.
    pace = BodyPace()
    for second in 0..<3_600 {
      pace.beginWaiting(at: Int64(second) * Nanos.perSecond)
      pace.note(Limits.bodyBytesPerSecond, at: Int64(second + 1) * Nanos.perSecond)
    }
    #expect(!pace.isTooSlow(at: 3_600 * Nanos.perSecond))
    // What came fast buys no long silence.
    pace.beginWaiting(at: 3_600 * Nanos.perSecond)
    #expect(pace.isTooSlow(at: 3_601 * Nanos.perSecond + patience))
  }

  // MARK: the handler

  private let channel: EmbeddedChannel
  private final class Faults: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    var found = 0
    func errorCaught(context: ChannelHandlerContext, error: any Error) { found += 1 }
  }
  private let faults = Faults()

  init() throws {
    channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandlers([BodyWatch(), faults])
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  private func ask(_ headers: HTTPHeaders = [:]) throws {
    let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/write", headers: headers)
    try channel.writeInbound(HTTPServerRequestPart.head(head))
  }

  private func answer(_ status: HTTPResponseStatus) throws -> HTTPHeaders {
    try channel.writeOutbound(HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: status)))
    try channel.writeOutbound(HTTPServerResponsePart.end(nil))
    guard case .head(let head) = try channel.readOutbound(as: HTTPServerResponsePart.self) else { return [:] }
    return head.headers
  }

  @Test func whoWaitsToBeToldIsToldOnce() throws {
    try ask(["Expect": "100-Continue"])
    #expect(try channel.readOutbound(as: HTTPServerResponsePart.self) == nil)
    channel.triggerUserOutboundEvent(BodyWanted(), promise: nil)
    channel.triggerUserOutboundEvent(BodyWanted(), promise: nil)
    let told = try channel.readOutbound(as: HTTPServerResponsePart.self)
    #expect(told == .head(HTTPResponseHead(version: .http1_1, status: .continue)))
    #expect(try channel.readOutbound(as: HTTPServerResponsePart.self) == nil)
  }

  @Test func anAnswerBeforeTheEndEndsTheConnection() throws {
    try ask()
    #expect(try answer(.unauthorized)["connection"] == ["close"])
    // What still comes reaches nobody.
    _ = try channel.readInbound(as: HTTPServerRequestPart.self)
    try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(string: "m v=1")))
    #expect(try channel.readInbound(as: HTTPServerRequestPart.self) == nil)
  }

  @Test func anAnswerToAWholeRequestEndsNothing() throws {
    try ask()
    try channel.writeInbound(HTTPServerRequestPart.end(nil))
    #expect(try answer(.noContent)["connection"].isEmpty)
  }

  @Test func aBodyThatBreaksOffIsAFault() throws {
    try ask()
    channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    #expect(faults.found == 1)
  }
}
