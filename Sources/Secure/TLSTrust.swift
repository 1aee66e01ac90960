import NIOSSL

/// Whose certificates a client of ours believes.
public struct TLSTrust: Sendable {
  let context: NIOSSLContext

  /// - Parameters:
  ///   - authorities: a file of certificates in PEM; nil for the system's.
  ///   - certificate: what we show if we are asked; with it comes a key.
  public init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) throws(TLSFault) {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.cipherSuites = TLSSuites.names
    if let authorities { configuration.trustRoots = .certificates(try PEMFiles.certificates(authorities, "ca")) }
    if let certificate, let key {
      let chain = try PEMFiles.certificates(certificate, "certificate")
      configuration.certificateChain = chain.map { .certificate($0) }
      configuration.privateKey = .privateKey(try PEMFiles.key(key))
    }
    do {
      context = try NIOSSLContext(configuration: configuration)
    } catch {
      throw TLSFault("cannot prepare TLS: \(TLSFault(error))")
    }
  }

  /// TLS for a connection to that host, whose certificate must be for it.
  func handler(host: String) throws -> NIOSSLClientHandler {
    // An address is compared with those of the certificate, and is no name that may be sent.
    try NIOSSLClientHandler(context: context, serverHostname: TLSTrust.isAddress(host) ? nil : host)
  }

  private static func isAddress(_ host: String) -> Bool {
    host.contains(":") || host.utf8.allSatisfy { (48...57).contains($0) || $0 == 46 }
  }
}
