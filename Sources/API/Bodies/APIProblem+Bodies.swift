import HTTPTypes

extension APIProblem {
  static func bodyTooLarge(_ limitBytes: Int) -> APIProblem {
    APIProblem(
      .contentTooLarge, kind: "too-large", title: "The body is too large",
      detail: "cannot take the body: it is larger than \(limitBytes) bytes; send it in parts")
  }

  static func unknownBodyCoding(_ coding: String) -> APIProblem {
    APIProblem(
      .unsupportedMediaType, kind: "body-coding", title: "The body's coding is not known",
      detail: "cannot take the body: its Content-Encoding \(coding.prefix(64)) is neither gzip nor identity")
  }

  static func damagedBody(_ cause: String) -> APIProblem {
    APIProblem(
      .badRequest, kind: "bad-body", title: "The body cannot be read", detail: "cannot take the body: \(cause)")
  }

  /// Of a client that takes its time.
  static let slowBody = APIProblem(
    .requestTimeout, kind: "slow-body", title: "The body comes too slowly",
    detail: "cannot take the body: it does not come, or too slowly")

  /// What was sent is not all stored; it may be sent again.
  static var linesNotTaken: APIProblem {
    var problem = APIProblem(
      .serviceUnavailable, kind: "not-taken", title: "Lines cannot be taken now",
      detail: "cannot store all lines now: memory or the disk is full, or the node stops; send them again later")
    problem.retryAfterSeconds = 2
    return problem
  }

  static let readOnly = APIProblem(
    .serviceUnavailable, kind: "read-only", title: "Nothing can be changed here",
    detail: "cannot change anything: this server only answers")
}
