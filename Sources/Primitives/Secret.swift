import Synchronization

/// Words that differ by process and that nobody outside of it knows: for hashes of what comes from the network, so that
/// nobody can send what collides.
///
/// They come from the secret of the language's own hashes, and are the same each time where those are
/// (`SWIFT_DETERMINISTIC_HASHING`), so that a run of a seed can be repeated.
public enum Secret {
  private static let count = Atomic<UInt64>(0)

  /// The next word.
  public static var word: UInt64 {
    var hasher = Hasher()
    hasher.combine(count.add(1, ordering: .relaxed).newValue)
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }
}
