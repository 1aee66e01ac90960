public import Primitives
import Synchronization

/// Sessions of pages: each exchanged a grant for a cookie, and ends with it, with time, or when somebody logs out.
///
/// One that may do nothing but read lasts as long as it is used, within a bound: it hangs on a wall, where nobody types a
/// token twice a day. One that may do more ends with its day's work, whoever uses it.
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
    var begunNanos: UnixNanos
    var endsNanos: UnixNanos

    /// Of the grant as it is now: a token's permissions may have changed since it began.
    mutating func use(by grant: Grant, at now: UnixNanos) {
      let end =
        grant.permissions == [.read]
        ? min(now + Limits.sessionNanos, begunNanos + Limits.longestSessionNanos) : begunNanos + Limits.sessionNanos
      endsNanos = min(grant.expires ?? .max, end)
    }
  }

  private let sessions = Mutex<[TokenDigest: Session]>([:])

  public init() {}

  /// Begins a session, and gives back what its cookie holds.
  public func begin(_ origin: Origin, by grant: Grant, now: UnixNanos) -> String {
    let secret = AccessToken.secret()
    var session = Session(origin: origin, begunNanos: now, endsNanos: now)
    session.use(by: grant, at: now)
    sessions.withLock { sessions in
      if sessions.count >= Limits.sessions {
        sessions = sessions.filter { $0.value.endsNanos > now }
        while sessions.count >= Limits.sessions,
          let first = sessions.min(by: { $0.value.endsNanos < $1.value.endsNanos })
        {
          sessions[first.key] = nil
        }
      }
      sessions[AccessToken.digest(secret)] = session
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

  /// Notes that a session was used by whom it is of.
  ///
  /// - Returns: whether it lasts; one does not that may do more than it could when it began, and began too long ago.
  public func use(_ secret: String, by grant: Grant, at now: UnixNanos) -> Bool {
    let digest = AccessToken.digest(secret)
    return sessions.withLock { sessions in
      sessions[digest]?.use(by: grant, at: now)
      if let session = sessions[digest], session.endsNanos > now { return true }
      sessions[digest] = nil
      return false
    }
  }

  /// When a session ends that is not used any more; nil if there is none.
  public func end(of secret: String) -> UnixNanos? {
    sessions.withLock { $0[AccessToken.digest(secret)]?.endsNanos }
  }

  public func end(_ secret: String) {
    sessions.withLock { $0[AccessToken.digest(secret)] = nil }
  }
}
