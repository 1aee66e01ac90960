import Primitives

/// What an answer means for whoever asked.
enum Verdict: Hashable {
  /// It stands, whatever it says.
  case final
  /// It may be asked again; `isDone` tells whether the store may have done it all the same.
  case again(mayBeDone: Bool, afterNanos: Int64?)
  /// The request's time is too far from the store's.
  case wrongTime(UnixNanos)
  /// What it was signed with has expired, or is not known.
  case wrongCredentials

  /// S3 API Reference, "Error responses": codes decide, the status where there is none.
  init(_ head: TransportHead, _ refusal: StoreDocument.Refusal?, isConflictFinal: Bool, nowNanos: UnixNanos) {
    let dateNanos = head.header("Date").flatMap(HTTPDate.parse)
    switch refusal?.code {
    case "RequestTimeTooSkewed":
      self = dateNanos.map { .wrongTime($0) } ?? .final
      return
    case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken", "InvalidAccessKeyId",
      "SignatureDoesNotMatch", "AccessDenied":
      self = .wrongCredentials
      return
    case "SlowDown", "ServiceUnavailable", "Throttling", "ThrottlingException", "RequestLimitExceeded",
      "RequestTimeout", "IncompleteBody", "OperationAborted":
      self = .again(mayBeDone: false, afterNanos: Self.pause(head, nowNanos))
      return
    case "ConditionalRequestConflict":
      self = isConflictFinal ? .final : .again(mayBeDone: false, afterNanos: Self.pause(head, nowNanos))
      return
    case "InternalError":
      self = .again(mayBeDone: true, afterNanos: Self.pause(head, nowNanos))
      return
    default: break
    }
    switch head.status {
    case 403:
      // HEAD has no body that could say which of the two it is.
      let isFarOff = dateNanos.map { ($0 - nowNanos).magnitude > UInt64(Limits.objectClockErrorNanos) } ?? false
      self = isFarOff && refusal == nil ? .wrongTime(dateNanos ?? nowNanos) : .wrongCredentials
    case 408, 429: self = .again(mayBeDone: false, afterNanos: Self.pause(head, nowNanos))
    case 501, 505: self = .final
    case 500...: self = .again(mayBeDone: true, afterNanos: Self.pause(head, nowNanos))
    default: self = .final
    }
  }

  /// `Retry-After` (RFC 9110 section 10.2.3): seconds, or an instant.
  private static func pause(_ head: TransportHead, _ nowNanos: UnixNanos) -> Int64? {
    guard let text = head.header("Retry-After") else { return nil }
    if let seconds = UInt32(text) { return Int64(seconds) * Nanos.perSecond }
    // By the store's own clock, where it tells it.
    let now = head.header("Date").flatMap(HTTPDate.parse) ?? nowNanos
    return HTTPDate.parse(text).map { max(0, $0 - now) }
  }
}
