/// Why a file of the registry is not replaced.
public enum RegistryRefusal: Error, Sendable, Equatable {
  /// The configuration names none; the key that would.
  case notConfigured(key: String)
  /// It makes no registry; what is wrong, a line each.
  case unusable(String)
  /// Another change is under way.
  case busy
  /// It cannot be written.
  case failed(String)
}
