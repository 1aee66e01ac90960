import Hummingbird
import NIOCore
import Primitives
import Secure

/// A request's surroundings: what the server has for it, and the connection that it came by.
struct APIContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let client: APIClient
  /// The connection; nil in tests that have none.
  let channel: (any Channel)?
  /// The name in the certificate that the client has proved to own; nil without one.
  var certifiedName: String?
  /// What becomes its line in the audit; nil where it has none.
  var audited: AuditedRequest?
  /// Who is told when an answer of one piece has been sent; nil where nobody tells it.
  var sent: SentAnswer?
  /// Whether the connection is encrypted.
  var isSecure = false

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    client = APIClient(source.channel)
    channel = source.channel
  }
}

/// Who asks.
struct APIClient: Sendable {
  /// As a URL has it.
  let address: String
  /// The same without its port; of a connection that has none, loopback.
  let source: SourceAddress
  /// Ends the connection, whatever is being written.
  let disconnect: @Sendable () -> Void
  /// Makes the kernel send each write at once, not when the one before was acknowledged.
  let sendAtOnce: @Sendable () -> Void

  init(_ channel: any Channel) {
    let remote = channel.remoteAddress
    address =
      remote.flatMap { remote in
        remote.ipAddress.map { ($0.contains(":") ? "[\($0)]" : $0) + ":\(remote.port ?? 0)" }
      } ?? "unknown"
    let source = remote?.ipAddress.flatMap { SourceAddress(addressText: $0) }
    // The address of nobody is the node's own.
    self.source = source.flatMap { $0.high == 0 && $0.low == 0 ? nil : $0 } ?? SourceAddress(high: 0, low: 1, port: 0)
    disconnect = { channel.endAtOnce() }
    sendAtOnce = { _ = channel.setOption(.tcpOption(.tcp_nodelay), value: 1) }
  }
}
