import Primitives

/// Requests of the last minutes, so that a retransmission is processed once (RFC 7252 section 4.5): known by their
/// source, their message id and all of their octets. A device that begins its ids anew, or another one behind the same
/// port of a NAT, says something else, and that is a request of its own.
///
/// Entries are found through chains from the buckets of a keyed hash, and stand in queues by a hash of their source's
/// address, the oldest first; confirmable ones apart from others. Where the table is full, the longest queue of those
/// that are not confirmable loses its oldest entry, else the longest of all: a flood from one address makes the table
/// forget that address's own messages, and one of non-confirmable messages none that is confirmable.
///
/// The table doubles until its limit is reached and allocates nothing from then on.
struct CoAPExchangeTable: ~Copyable {
  enum State: UInt8 {
    /// Its rows wait for their commit.
    case pending
    case answered
    /// Its rows were not kept: what comes again is another try.
    case failed
  }

  struct Entry: BitwiseCopyable {
    var source: SourceAddress
    var token: UInt64
    var expiresNanos: Int64
    var plan: CoAPReplyPlan
    var requestLength: UInt32
    /// Of source, message id and octets.
    var hash: UInt64
    /// Tells it from what stood in its place before.
    var serial: UInt64 = 0
    /// The next entry of the chain, and the next younger one of the queue.
    var next = CoAPExchangeTable.none
    var younger = CoAPExchangeTable.none
    var messageID: UInt16
    var share: UInt16 = 0
    var tokenLength: UInt8
    var noResponse: UInt8
    var type: CoAPType
    var state: State
    /// Whether it is part of a body that came in blocks.
    var isBlock = false
  }

  // Not private: see docs/workarounds.md.
  struct Share: BitwiseCopyable {
    var oldest = CoAPExchangeTable.none
    var youngest = CoAPExchangeTable.none
    var count: UInt32 = 0
  }

  static let none = UInt32.max
  private static let firstCapacity = 1_024
  /// Buckets an entry: most are empty, and an empty one says that a message is new without a look at an entry, which
  /// the processor's caches hold no more.
  private static let bucketsPerEntry = 4

  private var entries: Slab<Entry>
  private var heads: Slab<UInt32>
  /// Those of confirmable messages, then those of others.
  private var shares = Slab<Share>(repeating: Share(), count: 2 * Limits.coapExchangeShares)
  /// Places that were given back, as a chain.
  private var free = CoAPExchangeTable.none
  private let limit: Int
  private var nextSerial: UInt64 = 1
  /// The share that is looked at next for what has expired.
  private var sweep = 0
  private(set) var count = 0
  /// Entries that had to go before they expired.
  private(set) var evictions: UInt64 = 0

  /// - Parameter limit: the most entries, rounded up to a power of two.
  init(limit: Int) {
    var rounded = 1
    while rounded < limit { rounded *= 2 }
    self.limit = rounded
    let capacity = min(rounded, Self.firstCapacity)
    entries = Slab(capacity: capacity)
    heads = Slab(repeating: Self.none, count: capacity * Self.bucketsPerEntry)
  }

  private func bucket(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash & UInt64(heads.count &- 1)) }

  /// The entry that `insert` named, if it is still known.
  func entry(_ exchange: CoAPExchange) -> Entry? {
    let place = Int(exchange.place)
    return place < entries.count && entries[place].serial == exchange.serial ? entries[place] : nil
  }

  /// Says what became of an exchange that is known.
  mutating func set(_ exchange: CoAPExchange, _ plan: CoAPReplyPlan, _ state: State) {
    entries.update(Int(exchange.place)) { entry in
      entry.plan = plan
      entry.state = state
    }
  }

  /// The latest entry of that message that has not expired and whose rows are kept, or may be.
  func find(_ source: SourceAddress, messageID: UInt16, hash: UInt64, nowNanos: Int64) -> Entry? {
    var index = heads[bucket(hash)]
    while index != Self.none {
      let entry = entries[Int(index)]
      if entry.hash == hash && entry.messageID == messageID && entry.source == source {
        return entry.expiresNanos > nowNanos && entry.state != .failed ? entry : nil
      }
      index = entry.next
    }
    return nil
  }

  /// Adds an entry to the share of its source's address; one that is not confirmable only where it takes the place of
  /// none that is.
  mutating func insert(_ entry: Entry, addressHash: UInt64, nowNanos: Int64) -> CoAPExchange? {
    let isOther = entry.type != .confirmable
    let share =
      Int(truncatingIfNeeded: addressHash % UInt64(Limits.coapExchangeShares))
      &+ (isOther ? Limits.coapExchangeShares : 0)
    // A few at the most go for one that comes, so that no datagram pays for many.
    dropExpired(of: share, nowNanos)
    dropExpired(of: sweep, nowNanos)
    sweep = (sweep &+ 1) % shares.count
    guard let place = takePlace(for: isOther) else {
      evictions &+= 1
      return nil
    }
    var entry = entry
    entry.share = UInt16(truncatingIfNeeded: share)
    entry.serial = nextSerial
    nextSerial &+= 1
    entry.younger = Self.none
    link(entry, at: place)
    let youngest = shares[share].youngest
    if youngest == Self.none {
      shares[share].oldest = place
    } else {
      entries.update(Int(youngest)) { $0.younger = place }
    }
    shares[share].youngest = place
    shares[share].count &+= 1
    count &+= 1
    return CoAPExchange(place: place, serial: entry.serial)
  }

  private mutating func dropExpired(of share: Int, _ nowNanos: Int64) {
    for _ in 0..<2 {
      let oldest = shares[share].oldest
      if oldest == Self.none || entries[Int(oldest)].expiresNanos > nowNanos { return }
      dropOldest(of: share)
    }
  }

  /// A free place; nil if there is none for a message that is not confirmable.
  private mutating func takePlace(for isOther: Bool) -> UInt32? {
    if free == Self.none && entries.room == 0 && entries.count < limit { grow() }
    if free == Self.none && entries.room == 0 {
      let others = longest(Limits.coapExchangeShares..<shares.count)
      if shares[others].count > 0 {
        dropOldest(of: others)
      } else if isOther {
        return nil
      } else {
        dropOldest(of: longest(0..<Limits.coapExchangeShares))
      }
      evictions &+= 1
    }
    if free == Self.none {
      entries.append(Self.blank)
      return UInt32(truncatingIfNeeded: entries.count &- 1)
    }
    let place = free
    free = entries[Int(place)].next
    return place
  }

  private func longest(_ range: Range<Int>) -> Int {
    var best = range.lowerBound
    for share in range where shares[share].count > shares[best].count { best = share }
    return best
  }

  private mutating func link(_ entry: Entry, at place: UInt32) {
    var entry = entry
    let bucket = bucket(entry.hash)
    entry.next = heads[bucket]
    entries[Int(place)] = entry
    heads[bucket] = place
  }

  private mutating func dropOldest(of share: Int) {
    let place = shares[share].oldest
    let entry = entries[Int(place)]
    let bucket = bucket(entry.hash)
    if heads[bucket] == place {
      heads[bucket] = entry.next
    } else {
      var index = Int(heads[bucket])
      while entries[index].next != place { index = Int(entries[index].next) }
      entries[index].next = entry.next
    }
    shares[share].oldest = entry.younger
    if entry.younger == Self.none { shares[share].youngest = Self.none }
    shares[share].count &-= 1
    count &-= 1
    entries[Int(place)] = Self.blank
    entries[Int(place)].next = free
    free = place
  }

  private static var blank: Entry {
    Entry(
      source: SourceAddress(ipv4: 0, port: 0), token: 0, expiresNanos: 0, plan: CoAPReplyPlan(.empty),
      requestLength: 0, hash: 0, messageID: 0, tokenLength: 0, noResponse: 0, type: .reset, state: .answered)
  }

  /// Doubles the table, which is full.
  private mutating func grow() {
    let capacity = min(limit, entries.count * 2)
    var old = Slab<Entry>(capacity: capacity)
    swap(&old, &entries)
    heads = Slab(repeating: Self.none, count: capacity * Self.bucketsPerEntry)
    for place in 0..<old.count {
      entries.append(old[place])
      link(old[place], at: UInt32(truncatingIfNeeded: place))
    }
  }
}
