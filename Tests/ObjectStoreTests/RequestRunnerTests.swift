import Primitives
import Testing

@testable import ObjectStore

/// When a request is tried again, and when it is not.
@Suite struct RequestRunnerTests {
  private typealias Step = TestTransport.Step

  private static let passing: [Step] = [
    .refused(503, "SlowDown"), .refused(500, "InternalError"), .refused(429, "TooManyRequests"),
    .refused(400, "RequestTimeout"), .refused(409, "ConditionalRequestConflict"), .refused(409, "OperationAborted"),
    .answer(502, [], "<html>Bad Gateway</html>"), .answer(503, [], ""), .lost, .unreachable,
    .fault(TransportFault(.timedOut, wasSent: true, "it said nothing for too long")),
    .answer(200, [Header("Content-Length", "5")], "abc"),
  ]

  @Test(arguments: passing.indices)
  func whatPasses(index: Int) throws {
    let clock = TestClock()
    let transport = TestTransport([Self.passing[index], Self.passing[index], .done()])
    try testClient(transport, clock: clock).put([1], as: "a")
    #expect(transport.seen.count == 3)
    #expect(clock.sleeps.count == 2)
    #expect(clock.sleeps[0] <= 100 * Nanos.perMillisecond && clock.sleeps[1] <= 200 * Nanos.perMillisecond)
  }

  private static let standing: [(Step, ObjectFault.Kind)] = [
    (.refused(403, "AccessDenied"), .notPermitted), (.refused(404, "NoSuchBucket"), .noBucket),
    (.refused(400, "InvalidArgument"), .refused), (.refused(501, "NotImplemented"), .refused),
    (.refused(301, "PermanentRedirect"), .redirected),
    (.answer(307, [Header("Location", "http://x/")], ""), .redirected),
    (.refused(400, "AuthorizationHeaderMalformed"), .redirected), (.answer(400, [], "no XML"), .refused),
  ]

  @Test(arguments: standing.indices)
  func whatStands(index: Int) throws {
    let (step, kind) = Self.standing[index]
    let transport = TestTransport([step])
    let client = try testClient(transport)
    let found = fault { try client.put([1], as: "a") }
    #expect(found?.kind == kind)
    #expect(found?.mayBeDone == false)
    #expect(transport.seen.count == 1)
  }

  @Test func whereTheBucketIs() throws {
    let step = Step.refused(301, "PermanentRedirect", [Header("x-amz-bucket-region", "vn-2")])
    let client = try testClient(TestTransport([step]))
    #expect(
      fault { try client.put([1], as: "a") }?.cause
        == "it answered 301 PermanentRedirect (m); the bucket's region is vn-2, ours is configured as us-east-1")
  }

  @Test func attemptsEnd() throws {
    let transport = TestTransport(Array(repeating: .unreachable, count: 20))
    let client = try testClient(transport) { $0.attempts = 4 }
    let found = fault { try client.put([1], as: "a") }
    #expect(found?.kind == .unreachable)
    #expect(
      found?.description
        == "cannot put object s3://lake/base/a at http://127.0.0.1:9000: Connection refused (4 attempts)")
    #expect(found?.mayBeDone == false)
    #expect(transport.seen.count == 4)
  }

  @Test func theTimeEnds() throws {
    let clock = TestClock()
    let transport = TestTransport(Array(repeating: .refused(500, "InternalError"), count: 100))
    let client = try testClient(transport, clock: clock) { $0.attempts = 100 }
    let found = fault { try client.put([1], as: "a") }
    #expect(found?.kind == .busy)
    #expect(found?.mayBeDone == true)
    #expect(clock.monotonicNanos() - TestClock.start < 60 * Nanos.perSecond)
    #expect((12...60).contains(transport.seen.count))
    // Each request knows how long it may still take.
    #expect(transport.seen.last.map { $0.timeoutNanos < 60 * Nanos.perSecond } == true)
  }

  @Test func retryAfter() throws {
    let clock = TestClock()
    let seconds = [Header("Retry-After", "7")]
    let instant = [
      Header("Retry-After", "Fri, 24 May 2013 01:00:09 GMT"), Header("Date", "Fri, 24 May 2013 01:00:00 GMT"),
    ]
    let transport = TestTransport([.refused(503, "SlowDown", seconds), .answer(503, instant, ""), .done()])
    try testClient(transport, clock: clock).put([1], as: "a")
    #expect(clock.sleeps == [7 * Nanos.perSecond, 9 * Nanos.perSecond])
    // Longer than there is time.
    let later = TestTransport([.refused(503, "SlowDown", [Header("Retry-After", "3600")])])
    #expect(fault { try testClient(later).put([1], as: "a") }?.kind == .busy)
  }

  @Test func pauses() {
    let pauses = RetryPauses(firstNanos: 100, longestNanos: 1_000, random: { .max - 1 })
    let bounds: [Int64] = [100, 200, 400, 800, 1_000, 1_000]
    for (index, bound) in bounds.enumerated() {
      #expect((1...bound).contains(pauses.nanos(after: index + 1, askedNanos: nil)))
    }
    #expect(pauses.nanos(after: 5_000, askedNanos: nil) <= 1_000)
    #expect(pauses.nanos(after: 1, askedNanos: 5_000) == 5_000)
  }

  @Test func anotherClock() throws {
    let clock = TestClock()
    let header = [Header("Date", "Fri, 24 May 2013 02:00:00 GMT")]
    let transport = TestTransport([.refused(403, "RequestTimeTooSkewed", header), .done(), .done()])
    let client = try testClient(transport, clock: clock)
    try client.put([1], as: "a")
    try client.put([1], as: "a")
    #expect(
      transport.seen.map { $0.header("x-amz-date") }
        == ["20130524T000000Z", "20130524T020000Z", "20130524T020000Z"])
    #expect(clock.sleeps.isEmpty)
    // Once, and then it stands.
    let stubborn = TestTransport([
      .refused(403, "RequestTimeTooSkewed", header), .refused(403, "RequestTimeTooSkewed", header),
    ])
    #expect(fault { try testClient(stubborn).put([1], as: "a") }?.kind == .notPermitted)
    // HEAD has no body: the store's date tells.
    let head = TestTransport([.answer(403, header, ""), .answer(404, [], "")])
    #expect(try testClient(head).head("a") == nil)
  }

  /// What the runner gives back: the refusal, and whether an attempt before may have been carried out.
  @Test func doubts() throws {
    let transport = TestTransport([.lost, .refused(412, "PreconditionFailed"), .refused(404, "NoSuchKey")])
    let client = try testClient(transport)
    let runner: RequestRunner = client.runner
    let request = ObjectRequest(method: .put, key: "a", headers: [ObjectClient.ifAbsentHeader])
    let answer: ObjectAnswer = try runner.run(client.trial("put", "a"), request)
    #expect(!answer.isDone && answer.isDoubtful)
    #expect(answer.refusal?.code == "PreconditionFailed")
    let second = try runner.run(client.trial("get", "a"), ObjectRequest(method: .get, key: "a"))
    #expect(!second.isDone && !second.isDoubtful)
  }

  @Test func whatTLSRefusesIsNotAskedAgain() throws {
    let fault = TransportFault(.untrusted, wasSent: false, "its certificate is not trusted")
    let transport = TestTransport([.fault(fault)])
    let client = try testClient(transport)
    #expect(throws: ObjectFault(.unreachable, client.action("put", "a"), fault.description)) {
      try client.put([1], as: "a")
    }
    #expect(transport.seen.count == 1)
  }

  @Test func verdicts() {
    let head = TransportHead(status: 409)
    let refusal = StoreDocument.Refusal(code: "ConditionalRequestConflict", message: "")
    #expect(Verdict(head, refusal, isConflictFinal: true, nowNanos: 0) == .final)
    #expect(
      Verdict(head, refusal, isConflictFinal: false, nowNanos: 0) == .again(mayBeDone: false, afterNanos: nil))
    #expect(Verdict(TransportHead(status: 412), nil, isConflictFinal: false, nowNanos: 0) == .final)
    #expect(
      Verdict(TransportHead(status: 503), nil, isConflictFinal: false, nowNanos: 0)
        == .again(mayBeDone: true, afterNanos: nil))
  }

  @Test func answersWithoutEnd() throws {
    let transport = TestTransport([.done(String(repeating: "x", count: 101))])
    let client = try testClient(transport)
    #expect(fault { _ = try client.get("a", longestBytes: 100) }?.kind == .tooLarge)
    #expect(transport.seen.count == 1)
    let body = GatheredBody(longestBytes: 3)
    body.begin(TransportHead(status: 500))
    #expect(throws: Never.self) { try body.take(Array(repeating: 0, count: 100)) }
  }

  @Test func dates() {
    #expect(HTTPDate.parse("Fri, 24 May 2013 00:00:00 GMT") == TestClock.start)
    for text in [
      "", "Fri, 24 May 2013 00:00:00", "Fri, 31 Feb 2013 00:00:00 GMT", "Fri, 24 May 2013 24:00:00 GMT",
      "Fri, 24 May 99999 00:00:00 GMT", "Fri, 24 May 2013 0:0 GMT", "Fri, -1 May 2013 00:00:00 GMT",
      "Friday, 24-May-13 00:00:00 GMT",
    ] {
      #expect(HTTPDate.parse(text) == nil, "\(text)")
    }
  }

  @Test func theMachinesClock() {
    let clock = MachineClock()
    let before = clock.monotonicNanos()
    clock.sleep(nanos: 1)
    #expect(clock.monotonicNanos() > before)
    #expect(clock.realtimeNanos() > TestClock.start)
  }
}
