import Primitives

/// Whom the names and addresses of event senders mean, so that the registry is asked once for each.
///
/// Direct-mapped under a secret hash of all that decides: two that fall on one place drive each other out, and that two
/// have one hash is as good as impossible.
struct SenderMemo: ~Copyable {
  /// Who sent an event.
  enum Sender: BitwiseCopyable {
    /// The registry's device at that place.
    case device(Int32)
    /// Nobody that the registry knows: its own name is its name.
    case ownName
    /// Its own name is an address, in a form that may have others.
    case ownAddress
    /// Its own name is none: the address that it sends from is.
    case source
  }

  // Not private: see docs/workarounds.md.
  struct Entry: BitwiseCopyable {
    var hash: UInt64 = 0
    var sender = Sender.source
    var isThere = false
  }

  private var entries = Slab<Entry>(repeating: Entry(), count: 4_096)

  @inline(__always)
  borrowing func find(_ hash: UInt64) -> Sender? {
    let entry = entries[Int(truncatingIfNeeded: hash & 4_095)]
    return entry.isThere && entry.hash == hash ? entry.sender : nil
  }

  mutating func insert(_ hash: UInt64, _ sender: Sender) {
    entries[Int(truncatingIfNeeded: hash & 4_095)] = Entry(hash: hash, sender: sender, isThere: true)
  }

  /// The registry has changed.
  mutating func removeAll() {
    for index in 0..<entries.count { entries[index] = Entry() }
  }
}
