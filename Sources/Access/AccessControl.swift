public import Primitives
import Synchronization

/// Decides who it is that asks: by a token, the session that a token began, a certificate, or somebody whom an identity
/// issuer vouches for.
///
/// Where neither tokens nor an issuer are configured everybody who reaches it may do everything: the server then listens
/// on loopback alone.
public final class AccessControl: Sendable {
  private let tokens: Mutex<TokenBook?>
  private let issuer: IdentityIssuer?
  private let sessions = SessionBook()
  private let rates = RequestRates()
  private let refusals = RequestRates(burstSeconds: Limits.refusedLinesBurstSeconds)

  /// - Parameters:
  ///   - tokens: nil where none are configured.
  ///   - issuer: who vouches for bearers of its own tokens.
  public init(tokens: TokenBook? = nil, issuer: IdentityIssuer? = nil) {
    self.tokens = Mutex(tokens)
    self.issuer = issuer
  }

  /// Whoever asks where nobody is asked who they are.
  public static let local = Grant(name: "local", permissions: [.admin])

  /// Whether nobody is asked who they are.
  public var isOpen: Bool { issuer == nil && tokens.withLock { $0 == nil } }

  /// How it stands with the issuer; nil if there is none.
  public var issuerFigures: IdentityFigures? { issuer?.figures }

  /// Takes other tokens: those that are no more are refused from now on, in sessions too.
  public func replace(_ book: TokenBook) { tokens.withLock { $0 = book } }

  /// What a request says of who makes it.
  public struct Credentials: Sendable {
    /// The header `Authorization`.
    public var authorization: String?
    /// What the session's cookie holds.
    public var session: String?
    /// The name in the certificate that the client has proved to own.
    public var certifiedName: String?

    public init(authorization: String? = nil, session: String? = nil, certifiedName: String? = nil) {
      self.authorization = authorization
      self.session = session
      self.certifiedName = certifiedName
    }
  }

  /// Who asks.
  public enum Verdict: Sendable {
    case granted(Grant, SessionBook.Origin?)
    /// Nothing in the request says it.
    case unnamed
    /// What says it is not valid; the reason is for the log, and says nothing of a secret.
    case refused(String)
    /// Nobody can tell yet: the issuer's keys were never read.
    case undecided
  }

  public func verdict(on credentials: Credentials, at now: UnixNanos) async -> Verdict {
    if let authorization = credentials.authorization {
      guard let bearer = Self.bearer(authorization) else { return .refused("its Authorization is no bearer's") }
      if AccessToken.isOne(bearer) {
        return verdict(on: .token(AccessToken.digest(bearer)), at: now)
          ?? .refused("its token is unknown or has expired")
      }
      guard let issuer else { return .refused("its token is none") }
      switch await issuer.verdict(Array(bearer.utf8), at: now) {
      case .granted(let grant, let key):
        let grant = named(grant, by: issuer)
        return .granted(grant, .issued(grant, by: key))
      case .refused(let refusal): return .refused(refusal.cause)
      case .undecided: return .undecided
      }
    }
    if let session = credentials.session {
      guard let origin = sessions.origin(of: session, at: now), let found = verdict(on: origin, at: now),
        case .granted(let grant, _) = found, sessions.use(session, by: grant, at: now)
      else { return .refused("its session has ended") }
      return found
    }
    if let name = credentials.certifiedName {
      let digest = tokens.withLock { $0?.digest(named: name) }
      return digest.flatMap { verdict(on: .token($0), at: now) } ?? .refused("no token has its certificate's name")
    }
    return isOpen ? .granted(Self.local, nil) : .unnamed
  }

  /// Whether somebody who asks for longer, as a stream does, may still do so.
  public func isStillGranted(_ origin: SessionBook.Origin, at now: UnixNanos) -> Bool {
    if case .granted = verdict(on: origin, at: now) { true } else { false }
  }

  private func verdict(on origin: SessionBook.Origin, at now: UnixNanos) -> Verdict? {
    switch origin {
    case .token(let digest):
      return tokens.withLock { $0?.grant(of: digest, at: now) }.map { .granted($0, origin) }
    case .issued(let grant, let key):
      return now < grant.expires ?? .max && issuer?.has(key) == true ? .granted(grant, origin) : nil
    }
  }

  /// Octets of the word before a token, and the blanks behind it.
  private static let schemeBytes = 64

  /// What stands behind `Bearer`, in letters of any case (RFC 9110 section 11.1); nil if it is anything else.
  private static func bearer(_ authorization: String) -> String? {
    if authorization.utf8.count > Limits.webTokenBytes + schemeBytes { return nil }
    let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    let token = parts[1].drop { $0 == " " }
    return token.isEmpty || token.contains(" ") ? nil : String(token)
  }

  /// The same, under a name of its own if a token has that name, or nobody's: the audit must say which of the two it was.
  private func named(_ grant: Grant, by issuer: IdentityIssuer) -> Grant {
    let isTaken = grant.name == Self.local.name || tokens.withLock { $0?.digest(named: grant.name) != nil }
    if !isTaken { return grant }
    var grant = grant
    grant.name += "@" + issuer.host
    return grant
  }

  /// Counts a request that came without anybody's token.
  ///
  /// - Parameter source: the address of the host, without its port.
  /// - Returns: whether it still has lines of its own, in the audit and the log.
  public func hasLine(refusedOf source: String, monotonicNanos: Int64) -> Bool {
    refusals.take(of: source, perSecond: Limits.refusedLinesPerSecond, monotonicNanos: monotonicNanos) == nil
  }

  /// Counts a request of theirs; the seconds to wait if it is one too many.
  public func overRate(_ grant: Grant, monotonicNanos: Int64) -> Int? {
    grant.requestsPerSecond.flatMap { rates.take(of: grant.name, perSecond: $0, monotonicNanos: monotonicNanos) }
  }

  /// Begins a session of who asks; what its cookie holds.
  public func beginSession(_ grant: Grant, _ origin: SessionBook.Origin, at now: UnixNanos) -> String {
    sessions.begin(origin, by: grant, now: now)
  }

  /// When a session ends that is not used any more; nil if there is none.
  public func sessionEnd(_ secret: String) -> UnixNanos? { sessions.end(of: secret) }

  public func endSession(_ secret: String) { sessions.end(secret) }
}
