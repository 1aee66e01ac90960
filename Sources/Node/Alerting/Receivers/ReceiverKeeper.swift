import Pipeline
import Primitives
import Synchronization
import Sys

/// The worker that gives each receiver's sender its thread, also to those that come and go as the node runs.
final class ReceiverKeeper: Worker {
  let name = "receivers"
  private let receivers: Receivers
  private let signal: WorkerSignal
  private let shownFault = Mutex<String?>(nil)

  private static let retryNanos = 5 * Nanos.perSecond

  init(_ receivers: Receivers) throws(SystemError) {
    self.receivers = receivers
    signal = try WorkerSignal()
  }

  /// Why a sender has no thread; nil if all have.
  var fault: String? { shownFault.withLock { $0 } }

  func wake() { signal.wake() }

  func stop() { signal.stop() }

  private struct Running {
    var sender: ReceiverSender
    var thread: SystemThreadHandle
  }

  func run() {
    var running: [Running] = []
    while !signal.isStopping {
      let isWhole = settle(&running)
      signal.wait(timeoutNanos: isWhole ? -1 : Self.retryNanos)
    }
    Self.end(running)
  }

  /// Starts those that are new, then ends those that are gone. One that comes back waits for the end of what it was: both
  /// would tell the same.
  private func settle(_ running: inout [Running]) -> Bool {
    let wanted = receivers.senders
    var cause: String?
    let gone = running.filter { one in !wanted.contains { $0 === one.sender } }
    let names = Set(wanted.map(\.receiver))
    Self.end(gone.filter { names.contains($0.sender.receiver) })
    for sender in wanted where !running.contains(where: { $0.sender === sender }) {
      do throws(SystemError) {
        let thread = try SystemThread.start(name: sender.name) {
          SystemThread.setNiceness(sender.niceness)
          sender.run()
        }
        running.append(Running(sender: sender, thread: thread))
      } catch {
        cause = "cannot start the thread of receiver \(sender.receiver): \(error)"
      }
    }
    shownFault.withLock { $0 = cause }
    running.removeAll { one in gone.contains { $0.sender === one.sender } }
    Self.end(gone)
    return cause == nil
  }

  private static func end(_ running: [Running]) {
    for one in running { one.sender.stop() }
    for one in running { one.thread.join() }
  }
}
