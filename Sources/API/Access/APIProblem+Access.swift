import HTTPTypes

extension APIProblem {
  /// Nothing says who asks.
  static let unnamed = unauthorized("a token is needed: Authorization: Bearer thn_...", challenge: realm)

  /// What says it is not valid. Why is in the log: whoever asks learns nothing of which tokens there are.
  static let refused = unauthorized(
    "the token, or the session, is not valid", challenge: realm + ", error=\"invalid_token\"")

  private static let realm = "Bearer realm=\"thinai\""

  private static func unauthorized(_ cause: String, challenge: String) -> APIProblem {
    var problem = APIProblem(
      .unauthorized, kind: "unauthorized", title: "It is not known who asks", detail: "cannot answer: \(cause)")
    problem.challenge = challenge
    return problem
  }

  static func forbidden(_ path: String, _ cause: String) -> APIProblem {
    APIProblem(
      .forbidden, kind: "forbidden", title: "It is not allowed", detail: "cannot answer \(path): \(cause)")
  }

  static func overRate(_ seconds: Int) -> APIProblem {
    var problem = APIProblem(
      .tooManyRequests, kind: "rate", title: "There are too many requests",
      detail: "cannot answer now: the token's rate is used up")
    problem.retryAfterSeconds = seconds
    return problem
  }

  /// Nobody can tell whether a token is valid.
  static var undecided: APIProblem {
    var problem = APIProblem(
      .serviceUnavailable, kind: "issuer", title: "The identity issuer cannot be asked",
      detail: "cannot answer now: the issuer's keys are not known yet")
    problem.retryAfterSeconds = 5
    return problem
  }
}
