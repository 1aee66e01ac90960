import Intake
import Pipeline
import Primitives
import Protocols
import Registry
import Sys
import Telemetry

/// The thread that tells, as `snmp.refused`, of devices that prove who they are and are refused all the same: a clock that
/// went back over a reboot, an engine id that two devices share, another key for privacy. At most one a minute and engine.
final class RefusalWatch: Worker {
  let name = "refusals"
  private let pipeline: Pipeline
  private let tallies: [SNMPTally]
  private let signal: WorkerSignal

  private static let intervalNanos = Nanos.perSecond
  private static let pauseNanos = Nanos.perMinute

  init(pipeline: Pipeline, tallies: [SNMPTally]) throws(SystemError) {
    self.pipeline = pipeline
    self.tallies = tallies
    signal = try WorkerSignal()
  }

  func stop() { signal.stop() }

  func run() {
    var state = State()
    while !signal.isStopping {
      signal.wait(timeoutNanos: Self.intervalNanos)
      turn(&state)
    }
  }

  /// What it keeps from look to look.
  struct State {
    fileprivate var toldNanos: [[UInt8]: Int64] = [:]
    fileprivate var untold: [SNMPTally.ProvenRefusal] = []
  }

  /// Tells what was refused since the last turn. Also for who runs a node in turns.
  func turn(_ state: inout State) {
    let now = Clock.monotonicNanos()
    state.toldNanos = state.toldNanos.filter { now - $0.value < Self.pauseNanos }
    let waiting = Set(state.toldNanos.keys)
    let refused = tallies.flatMap { $0.takeProven(except: waiting) }
    for refusal in refused { state.toldNanos[refusal.engine] = now }
    // What could not be told is tried again; of very many the first.
    state.untold += refused.prefix(max(0, Limits.refusals - state.untold.count))
    if state.untold.isEmpty { return }
    let registry = pipeline.currentRegistry.inForce
    if pipeline.events.tell(state.untold.map { Self.event($0, registry) }) != .failed { state.untold = [] }
  }

  private static func event(_ refusal: SNMPTally.ProvenRefusal, _ registry: DeviceRegistry) -> InternalEvent {
    let engine = "0x" + Hexadecimal.text(refusal.engine)
    let source = refusal.source.addressText
    let known =
      registry.deviceIndex(engine: refusal.engine.span.bytes) ?? registry.deviceIndex(address: refusal.source)
    var message = "engine \(engine) is refused as \(refusal.reason.label): "
    var attributes =
      "{\"engine\":\"\(engine)\",\"reason\":\"\(refusal.reason.label)\",\"address\":\"\(source)\",\"count\":\(refusal.count)"
      + ",\"boots\":\(refusal.boots),\"time\":\(refusal.time)"
    if let clock = refusal.clock {
      let earlier = clock.source.addressText
      message += "it says boots \(refusal.boots) and time \(refusal.time) from \(source)"
      message += ", and said boots \(clock.boots) and time \(clock.latestTime) from \(earlier)"
      message += earlier == source ? "" : "; two devices may have one engine id"
      attributes += ",\"known_boots\":\(clock.boots),\"known_time\":\(clock.latestTime)"
      attributes += ",\"known_address\":\"\(earlier)\""
    } else {
      message += "from \(source)"
    }
    return InternalEvent(
      time: Clock.realtimeNanos(), device: known.map { registry.devices[$0].id } ?? source, severity: "warning",
      kind: "snmp.refused", message: message, attributes: attributes + "}")
  }
}
