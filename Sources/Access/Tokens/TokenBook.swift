public import Primitives

/// The tokens that are known, by their digests: how many there are makes no difference to who asks.
public struct TokenBook: Sendable {
  private var grants: [TokenDigest: Grant] = [:]
  private var digests: [String: TokenDigest] = [:]

  /// No token at all.
  public init() {}

  /// - Throws: `Twice` if a name or a token stands there twice.
  public init(_ entries: [(digest: TokenDigest, grant: Grant)]) throws(Twice) {
    for (digest, grant) in entries {
      if digests.updateValue(digest, forKey: grant.name) != nil { throw Twice(description: "the name \(grant.name)") }
      if grants.updateValue(grant, forKey: digest) != nil { throw Twice(description: "the token of \(grant.name)") }
    }
  }

  /// What stands twice.
  public struct Twice: Error, CustomStringConvertible {
    public var description: String
  }

  public var count: Int { grants.count }

  /// By name.
  public var all: [Grant] { grants.values.sorted { $0.name < $1.name } }

  /// What the bearer of a token may do; nil of one that is unknown, or has expired.
  public func grant(of digest: TokenDigest, at now: UnixNanos) -> Grant? {
    guard let grant = grants[digest], now < grant.expires ?? .max else { return nil }
    return grant
  }

  /// The digest of the token of a name: for who shows a certificate of that name.
  public func digest(named name: String) -> TokenDigest? { digests[name] }
}
