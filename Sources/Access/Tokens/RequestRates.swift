import Primitives
import Synchronization

/// Holds those who ask to the rate that they were given: a bucket that holds what some seconds fill.
public final class RequestRates: Sendable {
  private let buckets = Mutex<[String: Bucket]>([:])

  private struct Bucket {
    var level: Double
    var atNanos: Int64
  }

  private let burstSeconds: Double

  /// - Parameter burstSeconds: seconds of its rate that a bucket holds.
  public init(burstSeconds: Double = 2) { self.burstSeconds = burstSeconds }

  /// Takes one request.
  ///
  /// - Parameters:
  ///   - name: whose it is.
  ///   - monotonicNanos: now.
  /// - Returns: nil if it may be made, or the seconds after which one may be, at least 1.
  public func take(of name: String, perSecond rate: Double, monotonicNanos: Int64) -> Int? {
    let most = max(1, rate * burstSeconds)
    return buckets.withLock { buckets in
      if buckets.count >= Limits.knownAskers && buckets[name] == nil { forgetFull(&buckets, monotonicNanos) }
      var bucket = buckets[name] ?? Bucket(level: most, atNanos: monotonicNanos)
      let seconds = Double(max(0, monotonicNanos - bucket.atNanos)) / Double(Nanos.perSecond)
      bucket.level = min(most, bucket.level + seconds * rate)
      bucket.atNanos = monotonicNanos
      defer { buckets[name] = bucket }
      if bucket.level >= 1 {
        bucket.level -= 1
        return nil
      }
      return Int(min(3_600, max(1, ((1 - bucket.level) / rate).rounded(.up))))
    }
  }

  /// Lets go of those who have not asked for long enough that nothing is known of them.
  private func forgetFull(_ buckets: inout [String: Bucket], _ now: Int64) {
    let forgottenNanos = Int64(burstSeconds * 30) * Nanos.perSecond
    buckets = buckets.filter { now - $0.value.atNanos < forgottenNanos }
    if buckets.count >= Limits.knownAskers { buckets = [:] }
  }
}
