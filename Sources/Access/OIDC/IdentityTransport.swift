public import Text

/// Gets what an issuer says. The real one speaks TLS.
public protocol IdentityTransport: Sendable {
  /// The body of an answer 200 of at most so many bytes, in at most so long; no redirect is followed.
  func get(_ address: WebAddress, longestBytes: Int, seconds: Int64) async throws(IdentityFault) -> [UInt8]
}

/// Why an issuer could not be asked.
public struct IdentityFault: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}
