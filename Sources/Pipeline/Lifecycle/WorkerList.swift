import Synchronization
public import Sys

/// The workers of a node in the order in which data flows, stage by stage: from those that make rows to the one that makes
/// parts of them. They are started from the end, so that who hands over finds somebody who takes, and stopped from the
/// beginning, so that what was handed over is taken.
///
/// A stage's workers are told to stop together, and waited for together.
public final class WorkerList: Sendable {
  private let state: Mutex<State>

  private struct State: Sendable {
    /// Those that are still to be started.
    var waiting: [[any Worker]]
    /// Those that run, in the order of their stages.
    var running: [[Running]] = []
    var isStopping = false
    var failures: [WorkerFailure] = []
  }

  private struct Running: Sendable {
    var worker: any Worker
    var thread: SystemThreadHandle
  }

  /// - Parameter stages: each makes what the next one takes.
  public init(_ stages: [[any Worker]]) {
    state = Mutex(State(waiting: stages))
  }

  /// Starts all, the last stage first. If one cannot be started, those that were are stopped again.
  public func start() throws(WorkerFailure) {
    do throws(WorkerFailure) {
      while let stage = state.withLock({ $0.waiting.popLast() }) {
        state.withLock { $0.running.insert([], at: 0) }
        for worker in stage { try start(worker) }
      }
    } catch {
      stop()
      throw error
    }
  }

  private func start(_ worker: any Worker) throws(WorkerFailure) {
    do throws(SystemError) {
      let thread = try SystemThread.start(name: worker.name) { self.run(worker) }
      state.withLock { $0.running[0].append(Running(worker: worker, thread: thread)) }
    } catch {
      throw WorkerFailure(worker: worker.name, isStarted: false, error: error)
    }
  }

  /// A worker's thread.
  private func run(_ worker: any Worker) {
    if worker.niceness > 0 { SystemThread.setNiceness(worker.niceness) }
    var failure: SystemError?
    do throws(SystemError) { try worker.run() } catch { failure = error }
    state.withLock { state in
      // One that ends by itself is missed, whatever it says.
      if state.isStopping && failure == nil { return }
      state.failures.append(WorkerFailure(worker: worker.name, isStarted: true, error: failure))
    }
  }

  /// Stops all, the first stage first, and waits for each stage. Later calls do nothing.
  public func stop() {
    state.withLock { state in
      state.isStopping = true
      state.waiting = []
    }
    while true {
      let stage = state.withLock { state in state.running.isEmpty ? nil : state.running.removeFirst() }
      guard let stage else { return }
      for running in stage { running.worker.stop() }
      for running in stage { running.thread.join() }
    }
  }

  /// Who could not go on, or ended although nobody had told it to.
  public var failures: [WorkerFailure] { state.withLock { $0.failures } }
}

/// A worker that does not work.
public struct WorkerFailure: Error, CustomStringConvertible, Sendable {
  public var worker: String
  /// Whether it had begun.
  public var isStarted: Bool
  /// nil if it ended without saying why.
  public var error: SystemError?

  public var description: String {
    isStarted
      ? "the worker \(worker) has ended: \(error.map { "\($0)" } ?? "nobody had told it to")"
      : "cannot start worker \(worker): \(error.map { "\($0)" } ?? "")"
  }
}
