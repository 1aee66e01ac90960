import HummingbirdCore
import NIOCore
import Primitives
import Secure
import Synchronization
import Sys

/// The open connections. Of a few too many the one that was idle for longest leaves, and a newcomer where none is idle;
/// of more, none is accepted: so they never take the descriptors that the journal and the tables need.
final class ConnectionBook: Sendable {
  /// How many there may be.
  let limit: Int
  /// What connections are secured by; nil if they are not.
  private let tls: ServerTLS?
  private let state = Mutex(State())

  struct State {
    var present: [ObjectIdentifier: ClientPresence] = [:]
    var turnedAway: UInt64 = 0
    var stalled: UInt64 = 0
    var slow: UInt64 = 0
  }

  /// What is accepted beyond the limit, to be told apart from nobody being heard at all.
  static let spare = 16

  init(limit: Int, tls: ServerTLS? = nil) {
    self.limit = limit
    self.tls = tls
  }

  /// As many as the open files allow for: half of what is left when everything else is open and some are reserved.
  static func limit(openFiles: Int?, of files: Int?) -> Int {
    guard let files else { return Limits.httpConnections }
    let left = files - (openFiles ?? 0) - Limits.reservedDescriptors
    return max(spare, min(Limits.httpConnections, left / 2 - spare))
  }

  func presence(of channel: any Channel) -> ClientPresence {
    state.withLock { $0.present[ObjectIdentifier(channel)] } ?? .always
  }

  func enter(_ key: ObjectIdentifier, _ presence: ClientPresence) {
    let now = Clock.monotonicNanos()
    let leaving: ClientPresence? = state.withLock { state in
      state.present[key] = presence
      if state.present.count <= limit { return nil }
      state.turnedAway += 1
      // The newcomer is idle too, for no time at all. Who leaves is struck out at once: another newcomer, who comes before
      // the connection is closed, has another one leave.
      let idlest = state.present.max { ($0.value.idleNanos(at: now) ?? -1) < ($1.value.idleNanos(at: now) ?? -1) }
      return state.present.removeValue(forKey: idlest?.key ?? key)
    }
    leaving?.disconnect()
  }

  func leave(_ key: ObjectIdentifier) {
    state.withLock { _ = $0.present.removeValue(forKey: key) }
  }

  /// Ends the connections whose clients take nothing of what waits for them, and those that never come to the end of a
  /// request's head.
  ///
  /// - Parameter now: by the monotonic clock.
  func dropIdlers(at now: Int64) {
    let stall = Int64(Limits.stalledClientSeconds) * Nanos.perSecond
    let slowness = Limits.slowHeadSeconds * Nanos.perSecond
    let leaving = state.withLock { state in
      let stalled = state.present.values.filter { $0.stalledNanos(at: now) > stall }
      let slow = state.present.values.filter { ($0.idleNanos(at: now) ?? 0) > slowness }
      state.stalled += UInt64(stalled.count)
      state.slow += UInt64(slow.count)
      return stalled + slow
    }
    for presence in leaving { presence.disconnect() }
  }

  /// Looks after them until the task is cancelled.
  func run() async {
    while true {
      do { try await Task.sleep(for: .seconds(1)) } catch { return }
      dropIdlers(at: Clock.monotonicNanos())
    }
  }

  var metrics: [Metric] {
    let (count, turnedAway, stalled, slow) = state.withLock {
      ($0.present.count, $0.turnedAway, $0.stalled, $0.slow)
    }
    return [
      Metric("thinai_http_connections", help: "Open HTTP connections.", kind: .gauge, value: Double(count)),
      Metric(
        "thinai_http_connections_turned_away_total", help: "Connections that left because there were too many.",
        kind: .counter, value: Double(turnedAway)),
      Metric(
        "thinai_http_connections_stalled_total", help: "Connections that were closed because nobody read.",
        kind: .counter, value: Double(stalled)),
      Metric(
        "thinai_http_connections_slow_total", help: "Connections that were closed because no request was ever whole.",
        kind: .counter, value: Double(slow)),
    ] + (tls.map(Self.metrics) ?? [])
  }

  private static func metrics(_ tls: ServerTLS) -> [Metric] {
    [
      Metric(
        "thinai_http_handshakes_failed_total", help: "Connections that ended before they were secure.", kind: .counter,
        value: Double(tls.failedHandshakes)),
      Metric(
        "thinai_http_certificate_expiry_timestamp_seconds", help: "When the server's certificate ends.", kind: .gauge,
        value: Double(tls.expires / Nanos.perSecond)),
    ]
  }
}

/// Lets the server's socket rest while there are too many connections. It counts for itself: whoever asks does so when a
/// connection has just closed, which the book may learn of a little later.
struct ConnectionBound: AvailableConnectionsDelegate {
  private let limit: Int
  private var count = 0

  init(_ book: ConnectionBook) { limit = book.limit + ConnectionBook.spare }

  mutating func connectionOpened() { count += 1 }
  mutating func connectionClosed() { count -= 1 }
  func isAcceptingNewConnections() -> Bool { count < limit }
}
