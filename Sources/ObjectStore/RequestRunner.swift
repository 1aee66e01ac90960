import Primitives
import Synchronization
import Text

/// Signs requests, sends them, and asks again where that may help.
///
/// ```
///   sign ──▶ exchange ──▶ verdict ──▶ final: the caller's matter
///    ▲                      │
///    │                      ├── busy, broken, cut short: wait, if the time allows ──┐
///    │                      └── another time, other credentials: once each ─────────┤
///    └──────────────────────────────────────────────────────────────────────────────┘
/// ```
final class RequestRunner: Sendable {
  private let credentials: CredentialsSource
  private let transport: any ObjectTransport
  let clock: any ObjectClock
  let random: @Sendable () -> UInt64
  /// The store's clock less ours, once it complained.
  private let skewNanos = Atomic<Int64>(0)

  init(
    credentials: CredentialsSource, transport: any ObjectTransport, clock: any ObjectClock,
    random: @escaping @Sendable () -> UInt64
  ) {
    self.credentials = credentials
    self.transport = transport
    self.clock = clock
    self.random = random
  }

  /// The time by the store's clock, as far as it is known.
  var storeNanos: UnixNanos { clock.realtimeNanos() + skewNanos.load(ordering: .relaxed) }

  /// How an operation is tried.
  struct Trial {
    /// `put object s3://… at https://…`
    var action: String
    var location: ObjectLocation
    var settings: ObjectSettings
    /// What is moved, for the deadline.
    var byteCount = 0
  }

  /// What the attempts have come to.
  private struct Progress {
    var deadlineNanos: Int64
    var attempt = 0
    var isDoubtful = false
    var timeWasMended = false
    var credentialsWereMended = false
    /// The last failure, for the message.
    var last: ObjectFault?
  }

  /// Asks until there is an answer that stands, which may be a refusal.
  ///
  /// - Throws: when the attempts or the time are over; `mayBeDone` if one of them may have been carried out.
  func run(
    _ trial: Trial, _ request: ObjectRequest, into sink: any AnswerSink = GatheredBody()
  ) throws(ObjectFault) -> ObjectAnswer {
    let start = clock.monotonicNanos()
    var progress = Progress(deadlineNanos: start + trial.settings.deadlineNanos(moving: trial.byteCount))
    let payloadHash = SignatureV4.hash(request.body)
    while true {
      progress.attempt += 1
      let restNanos = progress.deadlineNanos - clock.monotonicNanos()
      let used = try current(progress)
      let signed = sign(request, trial.location, used, payloadHash, timeoutNanos: max(1, restNanos))
      let result: Result<ObjectAnswer, TransportFault>
      do throws(TransportFault) {
        result = .success(try exchange(request, signed, sink, progress.isDoubtful))
      } catch {
        result = .failure(error)
      }
      var askedNanos: Int64?
      switch result {
      case .failure(let fault):
        progress.isDoubtful = progress.isDoubtful || fault.wasSent
        progress.last = ObjectFault(fault, trial.action)
        if [.local, .tooLarge, .untrusted].contains(fault.kind) { throw exhausted(trial, progress) }
      case .success(let answer):
        let verdict = Verdict(
          answer.head, answer.refusal, isConflictFinal: request.isConflictFinal, nowNanos: storeNanos)
        switch verdict {
        case .final: return answer
        case .wrongTime(let nanos):
          if progress.timeWasMended { return answer }
          progress.timeWasMended = true
          skewNanos.store(nanos - clock.realtimeNanos(), ordering: .relaxed)
          continue
        case .wrongCredentials:
          if progress.credentialsWereMended { return answer }
          progress.credentialsWereMended = true
          if try credentials.current(isForced: true) == used { return answer }
          continue
        case .again(let mayBeDone, let afterNanos):
          progress.isDoubtful = progress.isDoubtful || mayBeDone
          progress.last = ObjectFault(answer, trial)
          askedNanos = afterNanos
        }
      }
      try wait(askedNanos, trial, progress)
    }
  }

  private func current(_ progress: Progress) throws(ObjectFault) -> Credentials {
    do throws(ObjectFault) { return try credentials.current() } catch {
      var fault = error
      fault.mayBeDone = progress.isDoubtful
      throw fault
    }
  }

  /// One attempt. What is cut short is none.
  private func exchange(
    _ request: ObjectRequest, _ signed: TransportRequest, _ sink: any AnswerSink, _ isDoubtful: Bool
  ) throws(TransportFault) -> ObjectAnswer {
    try transport.exchange(signed, into: sink)
    let head = sink.head
    if request.method != .head, let length = head.contentLength, length != sink.receivedByteCount {
      throw TransportFault(.unreachable, wasSent: true, "its answer was cut short")
    }
    let isRefusal = !(200...299).contains(head.status) || request.mayFailLate
    return ObjectAnswer(
      head: head, body: sink.gathered, refusal: isRefusal ? StoreDocument.refusal(sink.gathered) : nil,
      isDoubtful: isDoubtful)
  }

  /// Lets the thread wait before the next attempt.
  private func wait(_ askedNanos: Int64?, _ trial: Trial, _ progress: Progress) throws(ObjectFault) {
    if progress.attempt >= trial.settings.attempts { throw exhausted(trial, progress) }
    let pauses = RetryPauses(
      firstNanos: trial.settings.firstPauseNanos, longestNanos: trial.settings.longestPauseNanos, random: random)
    let pauseNanos = pauses.nanos(after: progress.attempt, askedNanos: askedNanos)
    if clock.monotonicNanos() + pauseNanos >= progress.deadlineNanos { throw exhausted(trial, progress) }
    clock.sleep(nanos: pauseNanos)
  }

  private func exhausted(_ trial: Trial, _ progress: Progress) -> ObjectFault {
    var fault = progress.last ?? ObjectFault(.timedOut, trial.action, "it did not answer in time")
    fault.mayBeDone = progress.isDoubtful
    if progress.attempt > 1 { fault.cause += " (\(progress.attempt) attempts)" }
    return fault
  }

  private func sign(
    _ request: ObjectRequest, _ location: ObjectLocation, _ credentials: Credentials, _ payloadHash: String,
    timeoutNanos: Int64
  ) -> TransportRequest {
    let address = location.address(key: request.key, query: request.query)
    let time = SignatureV4.time(storeNanos)
    var headers = [
      Header("Host", address.hostField), Header("x-amz-content-sha256", payloadHash), Header("x-amz-date", time),
    ]
    if let token = credentials.sessionToken { headers.append(Header("x-amz-security-token", token)) }
    headers += request.headers
    let path = String(address.target.prefix { $0 != "?" })
    let authorization = SignatureV4(credentials, region: location.region).authorization(
      method: request.method.rawValue, path: path, query: request.query, headers: headers, payloadHash: payloadHash,
      time: time)
    headers.append(Header("Authorization", authorization))
    return TransportRequest(
      method: request.method, address: address, headers: headers, body: request.body, timeoutNanos: timeoutNanos)
  }
}
