/// By which files a server proves who it is, and whom it asks for the same.
public struct TLSFiles: Hashable, Sendable {
  /// The server's certificate, with those between it and its authority behind it.
  public var certificate: String
  public var key: String
  /// Authorities one of which must have signed each client's certificate; nil if clients need none.
  public var clientAuthorities: String?

  public init(certificate: String, key: String, clientAuthorities: String? = nil) {
    self.certificate = certificate
    self.key = key
    self.clientAuthorities = clientAuthorities
  }
}
