import Primitives
import Registry
import Synchronization

/// What was found out for the scopes that ask, of one edition of a registry.
final class ScopedNames: Sendable {
  private let known = Mutex<[DeviceScope: RegistryDirectory.Names]>([:])

  init() {}

  func names(within scope: DeviceScope) -> RegistryDirectory.Names? { known.withLock { $0[scope] } }

  func keep(_ names: RegistryDirectory.Names, of scope: DeviceScope) {
    known.withLock { known in
      // Any one: it is found out again when it is asked for.
      if known.count >= Limits.knownScopes, let one = known.keys.first { known[one] = nil }
      known[scope] = names
    }
  }
}
