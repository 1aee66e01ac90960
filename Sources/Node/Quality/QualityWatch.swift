import Intake
import Lagoon
import Pipeline
import Primitives
import Protocols
import Registry
import Synchronization
import Sys
import Telemetry

/// The thread that stores what of devices was refused, and tells as events when a device falls silent, is back, sends
/// what it cannot have measured, or sends rows twice.
final class QualityWatch: Worker {
  let name = "quality"
  /// What is left of the processor.
  let niceness: Int32 = 10
  private let pipeline: Pipeline
  private let zone: TimeZoneRules
  private let signal: WorkerSignal
  private let shownFaults = Mutex<[String]>([])

  private static let intervalNanos = 10 * Nanos.perSecond
  /// How often what was refused is stored: a crash loses what was counted since.
  private static let ledgerRounds = 6

  /// What it keeps from look to look.
  struct State {
    fileprivate var status: DeviceStatusBook
    fileprivate var round = 0
    fileprivate var directory: RegistryDirectory?
    fileprivate var heard = LastHeard()
    fileprivate let newestRows = NewestRowsCache()
    /// What was found and could not be told yet.
    fileprivate var untold: [InternalEvent] = []

    fileprivate init(status: DeviceStatusBook) { self.status = status }
  }

  /// Events that are told together: all of them, or none.
  private static let toldAtOnce = 1_024

  init(pipeline: Pipeline, zone: TimeZoneRules) throws(SystemError) {
    self.pipeline = pipeline
    self.zone = zone
    signal = try WorkerSignal()
  }

  /// What went wrong in the last round.
  var faults: [String] { shownFaults.withLock { $0 } }

  func stop() { signal.stop() }

  func run() {
    var state = begin()
    while !signal.isStopping {
      signal.wait(timeoutNanos: Self.intervalNanos)
      turn(&state, isLast: signal.isStopping)
    }
  }

  func begin() -> State { State(status: DeviceStatusBook(watchedSince: Clock.realtimeNanos())) }

  /// One look at all devices; now and then, and at the end, what was refused is stored. Also for who runs a node in turns.
  func turn(_ state: inout State, isLast: Bool = false) {
    state.round += 1
    var faults: [String] = []
    if state.round % Self.ledgerRounds == 0 || isLast, let fault = storeLedger(&state) { faults.append(fault) }
    if !isLast, let fault = look(&state) { faults.append(fault) }
    shownFaults.withLock { $0 = faults }
  }

  /// Stores what of devices was refused; why not, if it could not.
  private func storeLedger(_ state: inout State) -> String? {
    let taken = pipeline.deviceFaults.take()
    let now = Clock.realtimeNanos()
    var rest = taken.sorted { $0.key < $1.key }[...]
    while !rest.isEmpty {
      let some = rest.prefix(Limits.internalRows)
      var outcome = pipeline.events.store(some.map { Self.reading(of: $0.key, $0.value, at: now) })
      // One that can never be stored takes no other with it.
      if outcome == .refused {
        let outcomes = some.map { pipeline.events.store(Self.reading(of: $0.key, $0.value, at: now)) }
        outcome = outcomes.contains(.failed) ? .failed : .stored
      }
      if outcome == .failed {
        pipeline.deviceFaults.giveBack(Dictionary(uniqueKeysWithValues: Array(rest)))
        return "cannot store the ledger of \(rest.count) devices: the journal did not take it"
      }
      rest = rest.dropFirst(Limits.internalRows)
    }
    let doubled = taken.filter { $0.value.duplicates > 0 }.mapValues(\.duplicates)
    let changes = state.status.noteDoubled(doubled, at: now)
    return tell(changes, &state)
  }

  private static func reading(of device: String, _ counts: DeviceFaults.Counts, at now: UnixNanos) -> InternalReading {
    InternalReading(
      measurement: QualityQuery.ledgerMeasurement, device: device, time: now,
      fields: [
        InternalRow.Field("duplicates", .integer(Int64(clamping: counts.duplicates))),
        InternalRow.Field("malformed", .integer(Int64(clamping: counts.malformed))),
      ])
  }

  private func look(_ state: inout State) -> String? {
    let (registry, history) = pipeline.currentRegistry
    // Nothing is expected of nobody.
    if registry.devices.isEmpty && registry.ranges.isEmpty { return nil }
    let view = pipeline.view()
    if state.directory?.registry !== registry {
      state.directory = RegistryDirectory(registry, history: history, zone: zone)
      state.heard = LastHeard()
    }
    guard let directory = state.directory else { return nil }
    do {
      if !state.status.isRestored { try state.status.restore(view) }
      let heard = try state.heard.update(on: view, directory: directory)
      let now = Clock.realtimeNanos()
      var changes = state.status.noteHeard(heard, of: registry.devices, at: now)
      changes += try state.status.noteRanges(
        registry.ranges, of: registry, view, directory, state.newestRows, at: now)
      return tell(changes, &state)
    } catch {
      return "cannot evaluate devices: \(error)"
    }
  }

  /// What the journal does not take now is told with the next look: it was found once.
  private func tell(_ changes: [InternalEvent], _ state: inout State) -> String? {
    state.untold += changes.prefix(max(0, Limits.untoldStatuses - state.untold.count))
    while !state.untold.isEmpty {
      let some = Array(state.untold.prefix(Self.toldAtOnce))
      switch pipeline.events.tell(some) {
      case .stored: break
      case .failed: return "cannot store \(state.untold.count) changes of devices: the journal did not take them"
      // One that can never be stored keeps none of the others back.
      case .refused:
        for event in some where pipeline.events.tell(event) == .failed {
          return "cannot store \(state.untold.count) changes of devices: the journal did not take them"
        }
      }
      state.untold.removeFirst(some.count)
    }
    return nil
  }
}
