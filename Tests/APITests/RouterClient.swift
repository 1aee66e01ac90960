@testable import API
import Access
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Synchronization

/// Asks a router, without a socket. HummingbirdTesting can, and brings an HTTP client and a TLS library along.
struct RouterClient: Sendable {
  struct Answer: Sendable {
    var status: HTTPResponse.Status
    var headers: HTTPFields
    var text: String
  }

  private let responder: any HTTPResponder<APIContext>
  private static let logger = Logger(label: "router") { _ in SwiftLogNoOpLogHandler() }

  init(
    _ model: FakeModel, control: AccessControl = AccessControl(), writes: (any WriteModel)? = nil,
    page: PageFiles? = nil, origins: Set<String> = []
  ) {
    let router = APIRouter(model, control: control, writes: writes, page: page, origins: origins)
    responder = router.router().buildResponder()
  }

  /// Asks, and goes before the answer's first octet.
  func abandon(_ uri: String) async throws {
    let head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: uri, headerFields: [:])
    let source = ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: Self.logger)
    _ = try await responder.respond(
      to: Request(head: head, body: RequestBody(buffer: ByteBuffer())), context: APIContext(source: source))
  }

  func ask(
    _ uri: String, method: HTTPRequest.Method = .get, headers: HTTPFields = [:], body: [UInt8] = []
  ) async throws -> Answer {
    let head = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: uri, headerFields: headers)
    let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
    let source = ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: Self.logger)
    let response = try await responder.respond(to: request, context: APIContext(source: source))
    let kept = Kept()
    try await response.body.write(Writer(kept: kept))
    return Answer(
      status: response.status, headers: response.headers, text: String(buffer: kept.bytes.withLock { $0 }))
  }

  private final class Kept: Sendable {
    let bytes = Mutex(ByteBuffer())
  }

  private struct Writer: ResponseBodyWriter {
    let kept: Kept

    mutating func write(_ buffer: ByteBuffer) async throws {
      kept.bytes.withLock { _ = $0.writeImmutableBuffer(buffer) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
  }
}
