import Access
import HTTPTypes
import Hummingbird
import NIOCore
import Primitives
import Synchronization
import Sys

/// One request on its way into the audit: gathers what its line says, which is appended once, when the answer has been
/// sent or nobody is left to take it.
final class AuditedRequest: Sendable {
  private let trail: any AuditTrail
  private let head: HTTPRequest
  private let address: String
  private let beganNanos = Clock.monotonicNanos()
  private let state = Mutex(State())

  private struct State {
    var name = ""
    var status = APIProblem.internalError.status.code
    var rows: Int?
    var sentBytes = 0
    var isOnePiece = false
    var isDone = false
  }

  init(_ trail: any AuditTrail, _ head: HTTPRequest, address: String) {
    self.trail = trail
    self.head = head
    self.address = address
  }

  // An answer that is never sent, as of a client that goes before its first octet, is one too.
  deinit { finish() }

  /// Who asks.
  func note(name: String) { state.withLock { $0.name = name } }

  /// It has no line, and is counted alone.
  func omit() {
    let isFirst = state.withLock { state in
      defer { state.isDone = true }
      return !state.isDone
    }
    if isFirst { trail.noteOmitted() }
  }

  func note(_ answer: APIAnswer) {
    state.withLock { state in
      state.status = answer.status.code
      // Of what a client has already nothing is sent.
      state.rows = answer.status == .notModified ? 0 : answer.rows
      state.isOnePiece = answer.isOnePiece
    }
    if answer.stream != nil { begin() }
  }

  /// Whether the answer goes out whole, with its head.
  var isOnePiece: Bool { state.withLock { $0.isOnePiece } }

  func note(status: HTTPResponse.Status) { state.withLock { $0.status = status.code } }

  func note(sentBytes: Int) { state.withLock { $0.sentBytes += sentBytes } }

  /// A stream begins: who reads the audit shall know of it before it ends.
  private func begin() {
    let (name, status) = state.withLock { ($0.name, $0.status) }
    trail.append(line(name: name, status: status, rows: nil, bytes: nil, durationMicros: nil))
  }

  func finish() {
    let done = state.withLock { state -> State? in
      if state.isDone { return nil }
      state.isDone = true
      return state
    }
    guard let done else { return }
    let micros = (Clock.monotonicNanos() - beganNanos) / Nanos.perMicrosecond
    trail.append(
      line(
        name: done.name, status: done.status, rows: done.rows, bytes: done.sentBytes, durationMicros: Int(micros)))
  }

  private func line(name: String, status: Int, rows: Int?, bytes: Int?, durationMicros: Int?) -> AuditLine {
    let target = head.path ?? ""
    let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
    return AuditLine(
      time: Clock.realtimeNanos(), name: name, address: address, method: head.method.rawValue,
      path: String(target[..<(mark ?? target.endIndex)]),
      query: mark.map { String(target[target.index(after: $0)...]) } ?? "", status: status, rows: rows, bytes: bytes,
      durationMicros: durationMicros)
  }
}

/// Gives each request but those of `/healthz` a line in the audit. Where no line can be kept nothing is answered, but what
/// says why.
struct AuditMiddleware: RouterMiddleware {
  typealias Context = APIContext
  let trail: any AuditTrail

  /// They tell of the node alone, and of the audit that is full.
  private static let alwaysAnswered: Set<String> = [APIRoute.readiness.path, APIRoute.metrics.path]

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let path = request.uri.path
    if path == APIRoute.health.path { return try await next(request, context) }
    if !trail.hasRoom {
      let isAnswered = Self.alwaysAnswered.contains(path)
      trail.noteUnkept(isAnswered: isAnswered)
      return isAnswered ? try await next(request, context) : APIProblem.auditFull.answer.response
    }
    let audited = AuditedRequest(trail, request.head, address: context.client.address)
    var context = context
    context.audited = audited
    var response = try await next(request, context)
    audited.note(status: response.status)
    let body = response.body
    if audited.isOnePiece, let sent = context.sent, let byteCount = body.contentLength {
      sent.expect(request.method == .head ? 0 : byteCount, of: audited)
      return response
    }
    response.body = ResponseBody(contentLength: body.contentLength) { writer in
      defer { audited.finish() }
      try await body.write(CountingWriter(inner: writer, audited: audited))
    }
    return response
  }

  private struct CountingWriter: ResponseBodyWriter {
    var inner: any ResponseBodyWriter
    let audited: AuditedRequest

    mutating func write(_ buffer: ByteBuffer) async throws {
      let count = buffer.readableBytes
      try await inner.write(buffer)
      audited.note(sentBytes: count)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws { try await inner.finish(trailingHeaders) }
  }
}

extension APIProblem {
  static var auditFull: APIProblem {
    var problem = APIProblem(
      .serviceUnavailable, kind: "audit", title: "The question could not be noted",
      detail: "cannot answer now: too many lines of the audit wait to be written, see /readyz")
    problem.retryAfterSeconds = 5
    return problem
  }
}
