import Decoders
import Primitives

/// Requests of the last minutes by source and message id, so that a retransmission is processed once (RFC 7252
/// section 4.5). Bounded: the oldest makes room for the newest.
///
/// A ring of entries in the order of arrival, and chains through it from the buckets of a keyed hash. Entry `sequence`
/// stands at `sequence & mask`. The ring doubles until its limit is reached and allocates nothing from then on.
struct CoAPExchangeTable: ~Copyable {
  enum State: UInt8 {
    /// Its rows wait for their commit.
    case pending
    case answered
  }

  struct Entry: BitwiseCopyable {
    var source: SourceAddress
    var token: UInt64
    var expiresNanos: Int64
    var plan: CoAPReplyPlan
    var requestLength: UInt32
    /// The next entry of the chain by its place in the ring.
    var next: UInt32 = CoAPExchangeTable.none
    var hash: UInt64
    var messageID: UInt16
    var tokenLength: UInt8
    var noResponse: UInt8
    var type: CoAPType
    var state: State
  }

  private static let none = UInt32.max
  private static let firstCapacity = 1_024
  /// Buckets an entry: most are empty, and an empty one says that a message is new without a look at an entry, which
  /// the processor's caches hold no more.
  private static let bucketsPerEntry = 4

  private var entries: Slab<Entry>
  private var heads: Slab<UInt32>
  private var mask: UInt64
  private let limit: Int
  /// The oldest entry, and the one to come.
  private var first: UInt64 = 0
  private var end: UInt64 = 0
  /// Entries that had to go before they expired.
  private(set) var evictions: UInt64 = 0

  /// - Parameter limit: the most entries, rounded up to a power of two.
  init(limit: Int) {
    var rounded = 1
    while rounded < limit { rounded *= 2 }
    self.limit = rounded
    let capacity = min(rounded, Self.firstCapacity)
    entries = Slab(repeating: Self.blank, count: capacity)
    heads = Slab(repeating: Self.none, count: capacity * Self.bucketsPerEntry)
    mask = UInt64(capacity - 1)
  }

  private static var blank: Entry {
    Entry(
      source: SourceAddress(ipv4: 0, port: 0), token: 0, expiresNanos: 0, plan: CoAPReplyPlan(.empty),
      requestLength: 0, hash: 0, messageID: 0, tokenLength: 0, noResponse: 0, type: .reset, state: .answered)
  }

  var count: Int { Int(end - first) }

  private func place(_ sequence: UInt64) -> Int { Int(sequence & mask) }

  private func bucket(_ hash: UInt64) -> Int { Int(hash & UInt64(heads.count - 1)) }

  func contains(_ sequence: UInt64) -> Bool { sequence >= first && sequence < end }

  subscript(sequence: UInt64) -> Entry {
    get {
      precondition(contains(sequence), "BUG: an exchange that is no longer known")
      return entries[place(sequence)]
    }
    set {
      precondition(contains(sequence), "BUG: an exchange that is no longer known")
      entries[place(sequence)] = newValue
    }
  }

  /// The latest entry of that source and message id that has not expired.
  func find(_ source: SourceAddress, messageID: UInt16, hash: UInt64, nowNanos: Int64) -> UInt64? {
    var index = heads[bucket(hash)]
    while index != Self.none {
      let entry = entries[Int(index)]
      if entry.hash == hash && entry.messageID == messageID && entry.source == source {
        return entry.expiresNanos > nowNanos ? sequence(at: UInt64(index)) : nil
      }
      index = entry.next
    }
    return nil
  }

  /// The sequence of the entry at a place: the one of its residue that is not before the oldest.
  private func sequence(at place: UInt64) -> UInt64 {
    first &+ ((place &- first) & mask)
  }

  /// Adds an entry; the oldest goes if there is no room.
  mutating func insert(_ entry: Entry, nowNanos: Int64) -> UInt64 {
    // Two at the most go for one that comes, so that no datagram pays for many.
    var expired = 0
    while first < end && expired < 2 && entries[place(first)].expiresNanos <= nowNanos {
      removeFirst()
      expired += 1
    }
    if count == entries.count {
      if entries.count < limit {
        grow()
      } else {
        evictions &+= 1
        removeFirst()
      }
    }
    let sequence = end
    end += 1
    link(entry, at: place(sequence))
    return sequence
  }

  private mutating func link(_ entry: Entry, at place: Int) {
    var entry = entry
    let bucket = bucket(entry.hash)
    entry.next = heads[bucket]
    entries[place] = entry
    heads[bucket] = UInt32(place)
  }

  /// Drops the oldest, which is its chain's last.
  private mutating func removeFirst() {
    let place = UInt32(place(first))
    let bucket = bucket(entries[Int(place)].hash)
    if heads[bucket] == place {
      heads[bucket] = Self.none
    } else {
      var index = Int(heads[bucket])
      while entries[index].next != place { index = Int(entries[index].next) }
      entries[index].next = Self.none
    }
    first += 1
  }

  private mutating func grow() {
    let capacity = entries.count * 2
    var old = Slab(repeating: Self.blank, count: capacity)
    swap(&old, &entries)
    heads = Slab(repeating: Self.none, count: capacity * Self.bucketsPerEntry)
    let oldMask = mask
    mask = UInt64(capacity - 1)
    for sequence in first..<end { link(old[Int(sequence & oldMask)], at: place(sequence)) }
  }
}
