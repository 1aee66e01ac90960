import Lagoon
import Synchronization

/// The directory of the registry in force, made once a registry.
final class DirectoryCache: Sendable {
  private let known = Mutex<RegistryDirectory?>(nil)

  func directory(of model: some ReadModel) -> RegistryDirectory {
    let (registry, history) = model.registry
    let zone = model.zone
    return known.withLock { known in
      if let known, known.registry === registry, known.zone == zone { return known }
      let made = RegistryDirectory(registry, history: history, zone: zone)
      known = made
      return made
    }
  }
}
