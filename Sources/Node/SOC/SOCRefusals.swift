import Pipeline
import Primitives
import Protocols
import Sys

/// The worker that tells the security operations centre of datagrams that were refused: of a listener and reason one in ten
/// seconds, with how many more there were.
final class SOCRefusals: Worker {
  let name = "soc-refusals"
  /// What is left of the processor.
  let niceness: Int32 = 10
  private let pipeline: Pipeline
  private let feed: SOCFeed
  private let listeners: [String]
  private let signal: WorkerSignal

  init(_ pipeline: Pipeline, _ feed: SOCFeed, listeners: [String]) throws(SystemError) {
    self.pipeline = pipeline
    self.feed = feed
    self.listeners = listeners
    signal = try WorkerSignal()
  }

  func stop() { signal.stop() }

  func run() {
    var limiter = RefusalLimiter()
    var untold: [RefusalLimiter.Notice] = []
    while !signal.isStopping {
      signal.wait(timeoutNanos: Nanos.perSecond)
      untold += limiter.notices(of: pipeline.refusals.all, at: Clock.monotonicNanos())
        .prefix(max(0, Limits.refusals - untold.count))
      if untold.isEmpty { continue }
      // What fails is named by the feed, and told later.
      if (try? feed.add(untold, listeners: listeners)) != nil { untold = [] }
    }
  }
}
