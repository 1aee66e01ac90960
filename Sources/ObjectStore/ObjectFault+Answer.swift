extension ObjectFault {
  /// What an answer that says no means.
  init(_ answer: ObjectAnswer, _ trial: RequestRunner.Trial) {
    let status = answer.head.status
    let code = answer.refusal?.code ?? ""
    let kind: Kind =
      switch (status, code) {
      case (_, "NoSuchBucket"): .noBucket
      case (300...399, _), (_, "AuthorizationHeaderMalformed"), (_, "PermanentRedirect"): .redirected
      case (403, _), (_, "ExpiredToken"), (_, "InvalidToken"), (_, "AccessDenied"): .notPermitted
      case (_, "ConditionalRequestConflict"): .conflict
      case (416, _): .outOfRange
      case (412, _): .changed
      case (429, _), (500..., _): status == 501 ? .refused : .busy
      case (200...299, "InternalError"): .busy
      case (200...299, ""): .badAnswer
      default: .refused
      }
    self.init(kind, trial.action, Self.words(answer, trial.location), mayBeDone: answer.isDoubtful)
  }

  /// `it answered 403 AccessDenied (Access Denied.)`, and where the bucket is if that is told.
  private static func words(_ answer: ObjectAnswer, _ location: ObjectLocation) -> String {
    var words = "it answered \(answer.head.status)"
    if let refusal = answer.refusal {
      words += " \(refusal.code.prefix(80))"
      // Some sentences end with what was signed; nobody needs more than their beginning.
      let message = refusal.message.prefix(200).filter { !$0.isNewline }
      if !message.isEmpty { words += " (\(message))" }
    }
    if let region = answer.head.header("x-amz-bucket-region") ?? answer.refusal?.region, region != location.region {
      words += "; the bucket's region is \(region), ours is configured as \(location.region)"
    }
    if let endpoint = answer.refusal?.endpoint { words += "; its endpoint is \(endpoint)" }
    return words
  }

  /// What a transport that failed means.
  init(_ fault: TransportFault, _ action: String) {
    let kind: Kind =
      switch fault.kind {
      case .unreachable, .untrusted: .unreachable
      case .timedOut: .timedOut
      case .tooLarge: .tooLarge
      case .badAnswer: .badAnswer
      case .local: .local
      }
    self.init(kind, action, fault.description, mayBeDone: fault.wasSent)
  }
}
