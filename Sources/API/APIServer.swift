public import Access
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
import Primitives
public import Secure
import Synchronization
import Sys

/// The HTTP server: answers the interface over a read model until it is stopped.
public final class APIServer: Sendable {
  private typealias HTTPServer = Server<HTTPDoor>

  private let listen: String
  private let tls: ServerTLS?
  private let logger: Logger
  private let router: APIRouter
  private let running = Mutex<Running?>(nil)

  private struct Running: Sendable {
    var server: HTTPServer
    var task: Task<Void, any Error>
    /// Tells the stream's subscribers what is new, and looks after connections.
    var tending: [Task<Void, Never>]
  }

  /// - Parameters:
  ///   - control: who may ask; it lets everybody do everything where nothing else is given.
  ///   - writes: what may be changed; nothing if it is nil.
  ///   - listen: host and port, IPv6 in brackets; `[::]` takes IPv4 too; port 0 asks the system for one.
  ///   - memoryBytes: what answers that are being sent may take together.
  ///   - tls: nil for plain HTTP.
  ///   - page: what a browser is shown; nil for nothing.
  ///   - origins: of pages elsewhere that may ask.
  public init(
    _ model: any ReadModel, listen: String, control: AccessControl = AccessControl(),
    writes: (any WriteModel)? = nil, memoryBytes: Int? = nil, tls: ServerTLS? = nil, page: PageFiles? = nil,
    origins: [String] = [], logger: Logger? = nil
  ) {
    let limit = ConnectionBook.limit(openFiles: Descriptors.openCount, of: Descriptors.limit)
    router = APIRouter(
      model, memoryBytes: memoryBytes ?? Limits.answerBytes, connections: ConnectionBook(limit: limit, tls: tls),
      control: control, writes: writes, page: page, origins: Set(origins))
    self.listen = listen
    self.tls = tls
    var quiet = Logger(label: "thinai.http")
    // What the library says of each request is for those who ask for all there is.
    if quiet.logLevel >= .info { quiet.logLevel = max(quiet.logLevel, .error) }
    self.logger = logger ?? quiet
  }

  /// An address that is none.
  public struct BadAddress: Error, CustomStringConvertible {
    public let description: String
  }

  /// Begins to listen.
  ///
  /// - Returns: the host and the port that were bound, as a URL has them.
  /// - Throws: `BadAddress`, or the system's reason.
  public func start() async throws -> String {
    guard let address = ListenAddress(listen) else {
      throw BadAddress(description: "\(listen) is no address and port, such as 127.0.0.1:8080 or [::]:8080")
    }
    await router.prepare(untilMonotonicNanos: Clock.monotonicNanos() + Limits.preparingNanos)
    let (bound, announce) = AsyncStream<Int?>.makeStream()
    let server = makeServer(address) { channel in
      // The server's own socket, and what its event loops wait by.
      Descriptors.closeAllOnExec()
      announce.yield(channel.localAddress?.port)
      announce.finish()
    }
    let task = Task {
      defer { announce.finish() }
      try await server.run()
    }
    for await port in bound {
      let tending = [
        Task { [streams = router.streams] in await streams.run() },
        Task { [connections = router.connections] in await connections.run() },
      ]
      running.withLock { $0 = Running(server: server, task: task, tending: tending) }
      var address = address
      address.port = port ?? address.port
      return address.text
    }
    try await task.value
    throw BadAddress(description: "the server ended before it began")
  }

  /// Takes no new connection, ends streams, answers what was asked, and returns when that is done.
  public func stop() async {
    let running = running.withLock { running in
      defer { running = nil }
      return running
    }
    guard let running else { return }
    for task in running.tending { task.cancel() }
    router.streams.stop()
    let deadline = Task {
      try await Task.sleep(for: .seconds(Limits.stoppingSeconds))
      running.task.cancel()
    }
    try? await running.server.shutdownGracefully()
    _ = await running.task.result
    deadline.cancel()
  }

  private func makeServer(
    _ address: ListenAddress, onRunning: @escaping @Sendable (any Channel) async -> Void
  ) -> HTTPServer {
    let responder = router.router().buildResponder()
    let logger = logger
    let connections = router.connections
    let channel = HTTP1Channel(
      responder: { request, writer, channel in
        let presence = connections.presence(of: channel)
        presence.note(isIdle: false)
        defer { presence.note(isIdle: true) }
        var context = APIContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        let secured = presence.secured
        (context.isSecure, context.certifiedName) = (secured.isSecure, secured.certifiedName)
        let sent = SentAnswer()
        context.sent = sent
        var response: Response
        do {
          response = try await responder.respond(to: request, context: context)
        } catch {
          response = APIProblem.internalError.answer.response
        }
        response.headers[.server] = "thinai"
        SecurityHeaders.add(to: &response.headers)
        try await writer.write(response: response.head, body: response.body)
        sent.note()
      },
      configuration: HTTP1Channel.Configuration(
        additionalChannelHandlers: [ConnectionWatch(connections)], idleTimeout: .seconds(Limits.idleConnectionSeconds),
        httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
          maxHeaderFieldSize: Limits.httpHeadBytes, maxHeaderListSize: Limits.httpHeadBytes)))
    return HTTPServer(
      childChannelSetup: HTTPDoor(http: channel, tls: tls),
      configuration: ServerConfiguration(
        address: .hostname(address.host, port: address.port),
        availableConnectionsDelegate: ConnectionBound(connections)),
      onServerRunning: onRunning, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
  }
}
