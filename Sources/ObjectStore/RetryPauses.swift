import Primitives

/// How long to wait before another attempt: exponential, with full jitter, so that nodes which failed together do not
/// come back together (AWS Architecture Blog, "Exponential Backoff And Jitter").
struct RetryPauses: Sendable {
  let firstNanos: Int64
  let longestNanos: Int64
  let random: @Sendable () -> UInt64

  /// - Parameters:
  ///   - attempt: the one that failed, from 1 on.
  ///   - askedNanos: what the store asked for (`Retry-After`): so long at least.
  func nanos(after attempt: Int, askedNanos: Int64?) -> Int64 {
    let doublings = min(max(attempt - 1, 0), 30)
    let (grown, isOver) = firstNanos.multipliedReportingOverflow(by: 1 << doublings)
    let bound = max(1, isOver ? longestNanos : min(grown, longestNanos))
    let pause = Int64(random() % UInt64(bound)) + 1
    return max(pause, askedNanos ?? 0)
  }
}
