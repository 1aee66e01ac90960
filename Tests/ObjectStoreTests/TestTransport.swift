import Primitives
import Synchronization

@testable import ObjectStore

/// Answers by a script, a step a request, and keeps what was asked.
final class TestTransport: ObjectTransport {
  enum Step: Sendable {
    case answer(Int, [Header], String)
    case fault(TransportFault)
  }

  private let state: Mutex<(steps: [Step], seen: [TransportRequest])>

  init(_ steps: [Step]) { state = Mutex((steps, [])) }

  var seen: [TransportRequest] { state.withLock { $0.seen } }
  var left: Int { state.withLock { $0.steps.count } }

  func exchange(_ request: TransportRequest, into sink: any BodySink) throws(TransportFault) {
    let step = state.withLock { state -> Step? in
      state.seen.append(request)
      return state.steps.isEmpty ? nil : state.steps.removeFirst()
    }
    switch step {
    case .answer(let status, let headers, let body):
      try sink.begin(TransportHead(status: status, headers: headers))
      // In pieces, as a network has it.
      let bytes = Array(body.utf8)
      for start in stride(from: 0, to: bytes.count, by: 7) {
        try sink.take(Array(bytes[start..<min(start + 7, bytes.count)]))
      }
    case .fault(let fault): throw fault
    case nil: throw TransportFault(.local, wasSent: false, "the script is over")
    }
  }
}

extension TestTransport.Step {
  static let date = Header("Last-Modified", "Fri, 24 May 2013 00:00:00 GMT")

  static func done(_ body: String = "", _ headers: [Header] = []) -> Self {
    .answer(200, [date, Header("ETag", "\"e\"")] + headers, body)
  }

  static func refused(_ status: Int, _ code: String, _ headers: [Header] = [], more: String = "") -> Self {
    .answer(status, headers, "<?xml version=\"1.0\"?>\n<Error><Code>\(code)</Code><Message>m</Message>\(more)</Error>")
  }

  /// The connection broke after the request had gone.
  static let lost = Self.fault(TransportFault(.unreachable, wasSent: true, "the connection was closed"))
  /// Nobody listens.
  static let unreachable = Self.fault(TransportFault(.unreachable, wasSent: false, "Connection refused"))
}

/// A clock that only sleeping moves.
final class TestClock: ObjectClock {
  private let state: Mutex<(nanos: Int64, sleeps: [Int64])>

  /// 2013-05-24T00:00:00Z, the day of S3's examples.
  static let start: Int64 = 1_369_353_600 * Nanos.perSecond

  init(_ nanos: Int64 = TestClock.start) { state = Mutex((nanos, [])) }

  func realtimeNanos() -> UnixNanos { state.withLock { $0.nanos } }
  func monotonicNanos() -> Int64 { state.withLock { $0.nanos } }
  func sleep(nanos: Int64) {
    state.withLock {
      $0.nanos += nanos
      $0.sleeps.append(nanos)
    }
  }

  var sleeps: [Int64] { state.withLock { $0.sleeps } }
}

/// A client of `s3://lake/base` over a transport.
func testClient(
  _ transport: any ObjectTransport, clock: TestClock = TestClock(), credentials: CredentialsSource? = nil,
  isRandom: Bool = false, change: (inout ObjectSettings) -> Void = { _ in }
) throws -> ObjectClient {
  var settings = ObjectSettings()
  change(&settings)
  let source = try credentials ?? CredentialsSource(environment: testEnvironment)
  return ObjectClient(
    try ObjectLocation("s3://lake/base", endpoint: "http://127.0.0.1:9000"), credentials: source, settings: settings,
    transport: transport, clock: clock,
    random: isRandom ? ObjectClient.random : testDice())
}

/// Dice that fall the same each time.
func testDice() -> @Sendable () -> UInt64 {
  let state = TestDice()
  return { state.next() }
}

private final class TestDice: Sendable {
  private let state = Atomic<UInt64>(0)

  func next() -> UInt64 { state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue }
}

/// Of S3's examples.
let testEnvironment = [
  "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
  "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
]

/// What a call throws.
func fault(_ body: () throws -> Void) -> ObjectFault? {
  do {
    try body()
    return nil
  } catch {
    return error as? ObjectFault
  }
}
