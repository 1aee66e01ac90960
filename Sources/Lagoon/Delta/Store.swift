import Primitives
import Sys

/// Named objects in one place, as far as a Delta log needs them: a folder of this machine, or what a service keeps under
/// a prefix. Names are flat; nobody outside learns where the objects stand, but for `label`, which is for messages.
///
/// Two writers are told apart by `put` alone: of two that give bytes the same name one gets `done`, the other `exists`.
protocol Store: Sendable {
  /// Makes the place, where there is need to; one that is there is fine, and made durable.
  func create() throws(StoreError)

  /// Gives bytes a name that nothing has yet.
  ///
  /// - Throws: with nothing changed, now or later.
  func put(_ bytes: [UInt8], as name: String) throws(StoreError) -> PutResult

  /// Gives bytes a name, in the place of what has it. After a failure the old bytes are there, or the new ones.
  func replace(_ name: String, by bytes: [UInt8]) throws(StoreError)

  /// All bytes under a name; nil if nothing has it.
  func get(_ name: String) throws(StoreError) -> [UInt8]?

  /// Every name, in ascending order of its bytes; none if there is no such place.
  func list() throws(StoreError) -> [String]

  /// When what has the name was written; nil if nothing has it.
  func writtenNanos(_ name: String) throws(StoreError) -> UnixNanos?

  /// What is not there is fine.
  func delete(_ name: String) throws(StoreError)

  /// Makes all names that are there durable, whoever made them.
  func settle() throws(StoreError)

  /// Removes what writes of ours left that were interrupted. None may be going on.
  func removeLeftovers()

  /// The place, for messages.
  var label: String { get }
}

extension Store {
  /// The place of an object, for messages.
  func label(_ name: String) -> String { label + "/" + name }
}

/// What became of a `put`.
enum PutResult: Hashable, Sendable {
  /// The bytes are there and stay.
  case done
  /// Something has that name already. It may be the same bytes, if an earlier `put` of them was `unknown`.
  case exists
  /// Nobody knows: the answer was lost, or the bytes are there and may not outlast a loss of power. They may appear
  /// later too.
  case unknown(StoreError)
}

/// Why a store could not do what it was asked for.
struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The cause alone: the caller says of what.
  var description: String
  /// Whether there may be room later.
  var isOutOfSpace = false

  init(_ description: String, isOutOfSpace: Bool = false) {
    self.description = description
    self.isOutOfSpace = isOutOfSpace
  }

  init(_ error: SystemError) {
    self.init("\(error)", isOutOfSpace: error.isOutOfSpace)
  }
}

extension LagoonError {
  /// `cannot <action> <object>: <what the store said>`
  init(_ action: String, _ label: String, _ cause: StoreError) {
    self.init("cannot \(action) \(label): \(cause)", isOutOfSpace: cause.isOutOfSpace)
  }
}
