public import Primitives
import Synchronization

/// Sessions of pages: each exchanged a grant for a cookie, and ends with it, with time, or when somebody logs out.
///
/// They are in memory alone: a restart ends them. What a cookie holds is known by its digest only.
public final class SessionBook: Sendable {
  /// By what a session was begun: what is looked at anew with each request.
  public enum Origin: Hashable, Sendable {
    case token(TokenDigest)
    /// Somebody whom an identity issuer vouched for with that key, as long as it has the key.
    case issued(Grant, by: IdentityKeyPrint)
  }

  private struct Session {
    var origin: Origin
    var endsNanos: UnixNanos
  }

  private let sessions = Mutex<[TokenDigest: Session]>([:])

  public init() {}

  /// Begins a session, and gives back what its cookie holds.
  ///
  /// - Parameter endsNanos: when the grant behind it ends; nil if it does not.
  public func begin(_ origin: Origin, endsNanos: UnixNanos?, now: UnixNanos) -> String {
    let secret = AccessToken.secret()
    let end = min(endsNanos ?? .max, now + Limits.sessionNanos)
    sessions.withLock { sessions in
      if sessions.count >= Limits.sessions {
        sessions = sessions.filter { $0.value.endsNanos > now }
        while sessions.count >= Limits.sessions,
          let first = sessions.min(by: { $0.value.endsNanos < $1.value.endsNanos })
        {
          sessions[first.key] = nil
        }
      }
      sessions[AccessToken.digest(secret)] = Session(origin: origin, endsNanos: end)
    }
    return secret
  }

  /// By what a session was begun; nil if there is none, or it has ended.
  public func origin(of secret: String, at now: UnixNanos) -> Origin? {
    let digest = AccessToken.digest(secret)
    return sessions.withLock { sessions in
      guard let session = sessions[digest] else { return nil }
      if session.endsNanos <= now {
        sessions[digest] = nil
        return nil
      }
      return session.origin
    }
  }

  public func end(_ secret: String) {
    sessions.withLock { $0[AccessToken.digest(secret)] = nil }
  }
}
