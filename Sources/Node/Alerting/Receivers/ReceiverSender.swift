import Pipeline
import Primitives
import Synchronization
import Sys

/// The worker that tells one receiver, so that one which fails holds up no other.
final class ReceiverSender: Worker {
  var name: String { "tell-\(receiver)" }
  /// What is left of the processor.
  let niceness: Int32 = 10
  let receiver: String
  let outbox: ReceiverOutbox
  private let inForce: Mutex<InForce>
  private let signal: WorkerSignal

  private struct InForce: Sendable {
    var settings: any ReceiverSettings
    var channel: any ReceiverChannel
  }

  init(_ settings: any ReceiverSettings, _ channel: any ReceiverChannel, outbox: ReceiverOutbox) throws(SystemError) {
    receiver = settings.name
    self.outbox = outbox
    inForce = Mutex(InForce(settings: settings, channel: channel))
    signal = try WorkerSignal()
  }

  var settings: any ReceiverSettings { inForce.withLock { $0.settings } }
  var kind: String { type(of: settings).kind }

  /// Goes on with other settings: what waits stays.
  func replace(_ settings: any ReceiverSettings, _ channel: any ReceiverChannel) {
    inForce.withLock { $0 = InForce(settings: settings, channel: channel) }
    outbox.hurry()
    signal.wake()
  }

  func wake() { signal.wake() }

  func stop() { signal.stop() }

  func run() {
    while !signal.isStopping {
      let waitNanos = turn()
      if waitNanos > 0 { signal.wait(timeoutNanos: waitNanos) }
    }
  }

  /// Sends what is due first, if anything is. Also for who runs a node in turns.
  ///
  /// - Returns: how long there is nothing to do.
  func turn() -> Int64 {
    let (channel, kind) = inForce.withLock { ($0.channel, type(of: $0.settings).kind) }
    let signal = signal
    let next = outbox.next(
      channel.gathering, nowNanos: Clock.realtimeNanos(), monotonicNanos: Clock.monotonicNanos())
    guard let batch = next.batch else {
      let (waitNanos, outcome) = channel.tend { signal.isStopping }
      if !signal.isStopping { note(outcome, kind) }
      return min(next.waitNanos, waitNanos)
    }
    var outcome = channel.send(batch) { signal.isStopping }
    if outcome.failure != nil && signal.isStopping {
      // What was broken off says nothing of the receiver; what was taken before is taken.
      if outcome.taken.isEmpty && outcome.refused.isEmpty && outcome.doneParts.isEmpty { return 0 }
    }
    outcome.failure = outcome.failure.map { "cannot deliver an alert to \(kind) \(receiver): \($0)" }
    outbox.settle(batch, outcome, monotonicNanos: Clock.monotonicNanos())
    return 0
  }

  /// What failed beside telling is named, until it is done.
  private func note(_ outcome: TendOutcome, _ kind: String) {
    let begin = "cannot tell \(kind) \(receiver): "
    switch outcome {
    case .nothing: break
    case .failed(let cause): outbox.note(fault: begin + cause)
    case .done: if outbox.facts.fault?.hasPrefix(begin) ?? false { outbox.note(fault: nil) }
    }
  }
}
