/// A request before it is signed.
struct ObjectRequest: Sendable {
  var method: TransportRequest.Method
  /// Prefix included; empty for the bucket.
  var key: String
  var query: [QueryItem] = []
  /// Beside those that each request has.
  var headers: [Header] = []
  var body: [UInt8] = []
  /// S3 may begin to answer 200 and fail afterwards: the error stands in the body (CompleteMultipartUpload, DeleteObjects).
  var mayFailLate = false
  /// A conflict of conditions is the caller's matter: asking again alone does not help.
  var isConflictFinal = false

  /// `If-None-Match: *`, or `If-Match`: the write or read is refused unless it holds.
  var isConditional: Bool { headers.contains { $0.name == "If-None-Match" } }
}

/// What a store said to it, after all attempts.
struct ObjectAnswer {
  var head: TransportHead
  /// Empty where a file has it.
  var body: [UInt8]
  /// What it said if it said no.
  var refusal: StoreDocument.Refusal?
  /// Whether an attempt before this one may have been carried out.
  var isDoubtful: Bool

  var isDone: Bool { (200...299).contains(head.status) && refusal == nil }
}
