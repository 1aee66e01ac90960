import Primitives
import Text

/// How one receiver is told, whatever kind it is. One thread uses it; others may ask it for what is wrong.
protocol ReceiverChannel: Sendable {
  /// How what waits is put together.
  var gathering: OutboxGathering { get }

  /// Sends a batch once, and waits for the answer.
  ///
  /// - Parameter isStopping: asked while it waits; once it says so, there is no more waiting.
  func send(_ batch: OutboxBatch, isStopping: @escaping @Sendable () -> Bool) -> SendOutcome

  /// What it does beside that, when nothing is due.
  ///
  /// - Returns: for how long there is nothing of it to do, and what became of it.
  func tend(isStopping: @escaping @Sendable () -> Bool) -> (waitNanos: Int64, outcome: TendOutcome)
}

extension ReceiverChannel {
  func tend(isStopping: @escaping @Sendable () -> Bool) -> (waitNanos: Int64, outcome: TendOutcome) {
    (.max, .nothing)
  }
}

/// What became of what a channel does beside telling.
enum TendOutcome: Hashable, Sendable {
  /// There was nothing to do.
  case nothing
  case done
  case failed(String)
}

/// What is sent at once.
struct OutboxBatch: Hashable, Sendable {
  /// The same over every attempt.
  var id: String
  var deliveries: [OutboxDelivery]
  /// Who of several was told, or never will be.
  var doneParts: Set<String> = []

  /// What is told, in order. One that nobody can read any more is left out.
  var notices: [JSONValue] {
    deliveries.compactMap { try? JSONReader.read(Array($0.body.utf8)) }
  }

  var ids: Set<String> { Set(deliveries.map(\.id)) }
}

/// How what waits for a receiver is put together.
struct OutboxGathering: Hashable, Sendable {
  /// So long what follows the first is waited for; nil if each is sent by itself.
  var windowNanos: Int64?
  /// Whether nothing overtakes a group that fails. Else what is about other things may.
  var isStrict = true
}

/// What became of a batch.
struct SendOutcome: Hashable, Sendable {
  /// Ids of what was told.
  var taken: Set<String> = []
  /// Ids of what will never be taken: given up.
  var refused: Set<String> = []
  /// Who of several needs to be told no more, of all that is in the batch.
  var doneParts: Set<String> = []
  /// Why the rest was not told; it is tried again.
  var failure: String?
  /// What somebody should know, by what it is about; nil where it is well by now.
  var remarks: [String: String?] = [:]

  static func taken(_ batch: OutboxBatch) -> SendOutcome { SendOutcome(taken: batch.ids) }
  static func failed(_ cause: String) -> SendOutcome { SendOutcome(failure: cause) }
}
