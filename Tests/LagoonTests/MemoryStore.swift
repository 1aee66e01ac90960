import Primitives
import Synchronization

@testable import Lagoon

/// A store in memory that does what a test has it do: it fails, is raced, or loses the answer of a `put`.
final class MemoryStore: Store {
  /// What happens in the place of the next `put`, or before it.
  enum Event: Sendable {
    /// Another program gives bytes the same name first.
    case raced([UInt8])
    /// The bytes are there; the answer is lost.
    case landedUnanswered
    /// The bytes are not there; the answer is lost.
    case lostUnanswered
    /// The answer is lost, and the bytes come to be there before the next `put`.
    case landsLater
    case fails
  }

  private struct State: Sendable {
    var objects: [String: [UInt8]] = [:]
    var events: [Event] = []
    /// For every `put` for which no event is left.
    var always: Event?
    var late: (name: String, bytes: [UInt8])?
    var readsLeft = Int.max
    var puts = 0
  }

  static let lost = StoreError("the answer was lost")
  private let state = Mutex(State())

  let label = "memory"

  /// What happens to the next `put`s, in order.
  func expect(_ events: Event...) { state.withLock { $0.events = events } }

  func expectAlways(_ event: Event) { state.withLock { $0.always = event } }

  /// Every read fails after so many.
  func failReads(after count: Int) { state.withLock { $0.readsLeft = count } }

  /// How many `put`s were tried.
  var puts: Int { state.withLock { $0.puts } }

  var names: [String] { state.withLock { $0.objects.keys.sorted() } }

  func create() throws(StoreError) {}

  func put(_ bytes: [UInt8], as name: String) throws(StoreError) -> PutResult {
    let result: Result<PutResult, StoreError> = state.withLock { state in
      state.puts += 1
      if let late = state.late, state.objects[late.name] == nil { state.objects[late.name] = late.bytes }
      state.late = nil
      let event = state.events.isEmpty ? state.always : state.events.removeFirst()
      if case .raced(let other) = event, state.objects[name] == nil { state.objects[name] = other }
      if case .fails = event { return .failure(StoreError("it fails")) }
      if case .lostUnanswered = event { return .success(.unknown(Self.lost)) }
      if state.objects[name] != nil { return .success(.exists) }
      if case .landsLater = event {
        state.late = (name, bytes)
        return .success(.unknown(Self.lost))
      }
      state.objects[name] = bytes
      if case .landedUnanswered = event { return .success(.unknown(Self.lost)) }
      return .success(.done)
    }
    return try result.get()
  }

  func replace(_ name: String, by bytes: [UInt8]) throws(StoreError) { state.withLock { $0.objects[name] = bytes } }

  func get(_ name: String) throws(StoreError) -> [UInt8]? {
    let result: Result<[UInt8]?, StoreError> = state.withLock { state in
      if state.readsLeft == 0 { return .failure(StoreError("it cannot be read")) }
      state.readsLeft -= 1
      return .success(state.objects[name])
    }
    return try result.get()
  }

  func list() throws(StoreError) -> [String] { names }

  func writtenNanos(_ name: String) throws(StoreError) -> UnixNanos? { names.contains(name) ? 0 : nil }

  func delete(_ name: String) throws(StoreError) { state.withLock { $0.objects[name] = nil } }

  func settle() throws(StoreError) {}

  func removeLeftovers() {}
}
