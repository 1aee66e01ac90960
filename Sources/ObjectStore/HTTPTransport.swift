import AsyncHTTPClient
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Primitives
import Sys

/// Carries requests over HTTP/1.1 by AsyncHTTPClient: it keeps connections and limits their number, bounds the time, and
/// does TLS. It follows no redirect, repeats nothing, unpacks nothing and asks no proxy.
public final class HTTPTransport: ObjectTransport {
  private let client: HTTPClient

  /// - Parameter authorities: a file of certificates in PEM that the store's must come from; nil for the system's.
  public init(authorities: String? = nil, settings: ObjectSettings = ObjectSettings()) throws(ObjectFault) {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv12
    if let authorities { tls.trustRoots = .certificates(try Self.certificates(authorities)) }
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
    configuration.timeout = HTTPClient.Configuration.Timeout(
      connect: .nanoseconds(settings.connectNanos), read: .nanoseconds(settings.idleNanos),
      write: .nanoseconds(settings.idleNanos))
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.connections
    // Whether and when to try again is told by who knows the request.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    configuration.decompression = .disabled
    client = HTTPClient(
      eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
  }

  deinit {
    // Connections are closed; nobody waits for it.
    client.shutdown().whenFailure { _ in }
  }

  private static func certificates(_ path: String) throws(ObjectFault) -> [NIOSSLCertificate] {
    let action = "read ca \(path)"
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try File.readWhole(path) } catch {
      throw ObjectFault(.local, action, "\(error)")
    }
    guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
      throw ObjectFault(.local, action, "it holds no certificate in PEM")
    }
    return certificates
  }

  public func exchange(_ request: TransportRequest, into sink: any BodySink) throws(TransportFault) {
    let relay = AnswerRelay()
    let message: HTTPClient.Request
    do {
      message = try HTTPClient.Request(
        url: "\(request.address)", method: HTTPMethod(rawValue: request.method.rawValue),
        headers: HTTPHeaders(request.headers.map { ($0.name, $0.value) }), body: Self.body(request))
    } catch {
      throw TransportFault(.local, wasSent: false, "\(request.address) is no address: \(error)")
    }
    let deadline = NIODeadline.now() + .nanoseconds(request.timeoutNanos)
    let task = client.execute(request: message, delegate: relay, deadline: deadline)
    task.futureResult.whenComplete { result in
      switch result {
      case .success: relay.post(.end)
      case .failure(let error): relay.post(.failure(error))
      }
    }
    try relay.deliver(to: sink)
  }

  /// In pieces, so that it is in memory once and not twice.
  private static func body(_ request: TransportRequest) -> HTTPClient.Body? {
    switch request.method {
    case .get, .head, .delete: request.body.isEmpty ? nil : .bytes(request.body)
    case .put, .post: .bytes(request.body)
    }
  }
}
