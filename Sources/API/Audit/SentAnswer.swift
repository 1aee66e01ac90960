import Synchronization

/// Tells the audit that an answer of one piece has been sent: it goes out with its head in one write, which whoever wraps
/// its body would make two.
final class SentAnswer: Sendable {
  private let expected = Mutex<Expected?>(nil)

  private struct Expected: Sendable {
    var audited: AuditedRequest
    var byteCount: Int
  }

  /// Says whose line it is, and how long the body.
  func expect(_ byteCount: Int, of audited: AuditedRequest) {
    expected.withLock { $0 = Expected(audited: audited, byteCount: byteCount) }
  }

  /// The answer has been sent.
  func note() {
    let sent = expected.withLock { expected in
      defer { expected = nil }
      return expected
    }
    sent?.audited.note(sentBytes: sent?.byteCount ?? 0)
    sent?.audited.finish()
  }
}
