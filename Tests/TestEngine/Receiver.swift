import Foundation
import Node
import Synchronization
import Sys

/// Who is told of alerts: a receiver that fails now and then, and remembers what it took.
final class Receiver: WebhookTransport {
  private let machine: SimulatedMachine
  private let state: Mutex<(random: SeededNumbers, isReliable: Bool, told: Set<String>)>

  init(machine: SimulatedMachine, seed: UInt64) {
    self.machine = machine
    state = Mutex((SeededNumbers(seed), false, []))
  }

  func post(_ post: WebhookPost, isStopping: @escaping @Sendable () -> Bool) -> String? {
    if machine.disk.isKilled { return "the machine is dead" }
    return state.withLock { state in
      if !state.isReliable && state.random.once(in: 3) { return "it answered 503" }
      guard let body = try? JSONDecoder().decode(Body.self, from: Data(post.body)) else {
        return "it answered 400"
      }
      state.told.insert(Self.key(time: body.time, device: body.device, kind: body.kind, message: body.message))
      // It took it, and the answer is lost.
      return !state.isReliable && state.random.once(in: 5) ? "connection reset" : nil
    }
  }

  func close() {}

  /// From now on it takes all.
  func becomeReliable() { state.withLock { $0.isReliable = true } }

  /// What it took, as `key` writes it.
  var told: Set<String> { state.withLock { $0.told } }

  static func key(time: String, device: String, kind: String, message: String) -> String {
    "\(time) \(device) \(kind) \(message)"
  }

  private struct Body: Decodable {
    var time: String
    var device: String
    var kind: String
    var message: String
  }
}
