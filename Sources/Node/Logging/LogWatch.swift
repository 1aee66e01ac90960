import Logging
import Pipeline
import Primitives
import Protocols
import Sys

/// The worker that logs what is wrong with the node, once each, and what was refused, now and then.
final class LogWatch: Worker {
  let name = "log"
  /// What is left of the processor.
  let niceness: Int32 = 10
  private let engine: Engine
  private let log: Logger
  private let signal: WorkerSignal

  private static let intervalNanos = 500 * Nanos.perMillisecond
  /// The first octets of a datagram that are logged.
  private static let sampleBytes = 32

  /// - Parameter engine: the list of workers, which the engine lets go of at its end, is all that holds this.
  init(_ engine: Engine, log: Logger) throws(SystemError) {
    self.engine = engine
    self.log = log
    signal = try WorkerSignal()
  }

  func stop() { signal.stop() }

  /// What it keeps from look to look.
  struct State {
    fileprivate var said: [String] = []
    fileprivate var limiter = RefusalLimiter()
  }

  func run() {
    var state = State()
    while !signal.isStopping {
      turn(&state)
      signal.wait(timeoutNanos: Self.intervalNanos)
    }
    turn(&state)
  }

  /// Logs what is new. Also for who runs a node in turns.
  func turn(_ state: inout State) {
    let names = engine.pipeline.settings.accountNames
    for notice in state.limiter.notices(of: engine.pipeline.refusals.all, at: Clock.monotonicNanos())
    where notice.listener < names.count {
      log.warning("refused on \(names[notice.listener]): \(notice.reason)", metadata: Self.metadata(notice))
    }
    let complaints = engine.complaints
    let warnings = engine.warnings
    for complaint in complaints where !state.hasSaid(complaint) { log.error("\(complaint)") }
    for warning in warnings where !state.hasSaid(warning) { log.warning("\(warning)") }
    state.said = complaints + warnings
  }

  private static func metadata(_ notice: RefusalLimiter.Notice) -> Logger.Metadata {
    var metadata: Logger.Metadata = [:]
    metadata["address"] = notice.address.map { "\($0)" }
    if let device = notice.device, device != notice.address { metadata["device"] = "\(device)" }
    if !notice.sample.isEmpty { metadata["bytes"] = "\(Hexadecimal.text(notice.sample.prefix(sampleBytes)))" }
    if notice.more > 0 { metadata["more"] = "\(notice.more)" }
    return metadata
  }
}

extension LogWatch.State {
  /// Whether the same was said at the last look, but for its numbers: a count that rises is not said again and again.
  fileprivate func hasSaid(_ text: String) -> Bool {
    said.contains { $0 == text || $0.filter { !$0.isNumber } == text.filter { !$0.isNumber } }
  }
}
