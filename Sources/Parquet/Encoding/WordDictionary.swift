import Primitives

/// The distinct 64-bit values of a chunk, keyed by bit pattern, so that NaN payloads and -0.0 stay what they are.
///
/// It gives up where there are too many: such a chunk is smaller without a dictionary. The multiplier of the hash is
/// drawn per process, because values come from the network; entries are in the order of their values, so what is
/// written does not depend on it. Neighbours in value are neighbours in number, which is what compression lives on.
struct WordDictionary {
  private static let multiplier = Secret.word | 1

  /// The distinct values' bits.
  private(set) var entries: [UInt64] = []
  private var keys: [UInt64]
  /// Entry + 1, 0 where free. Four for each entry that may be.
  private var slots: [UInt32]
  private let slotBits: Int
  private let most: Int

  /// - Parameter most: entries beyond which it gives up, rounded up to a power of two.
  init(most: Int) {
    slotBits = Int.bitWidth - (most - 1).leadingZeroBitCount + 2
    self.most = 1 << (slotBits - 2)
    keys = [UInt64](repeating: 0, count: 1 << slotBits)
    slots = [UInt32](repeating: 0, count: 1 << slotBits)
  }

  /// Takes in the values that are present. `indexes` becomes the entry of each row, 0 for a null one; false, with
  /// `indexes` unusable, when there are too many distinct ones.
  mutating func assign(_ values: [Int64], _ isPresent: [Bool]?, to indexes: inout [UInt32]) -> Bool {
    guard number(values, isPresent, to: &indexes) else { return false }
    sort(isPresent, &indexes) { $0 ^ (1 << 63) }
    return true
  }

  /// As above. Zeros of both signs and NaN of every payload are entries of their own.
  mutating func assign(_ values: [Double], _ isPresent: [Bool]?, to indexes: inout [UInt32]) -> Bool {
    guard number(values, isPresent, to: &indexes) else { return false }
    sort(isPresent, &indexes) { $0 >> 63 == 1 ? ~$0 : $0 | 1 << 63 }
    return true
  }

  /// Numbers the distinct values by their first appearance.
  private mutating func number<Value: BitwiseCopyable>(
    _ values: [Value], _ isPresent: [Bool]?, to indexes: inout [UInt32]
  ) -> Bool {
    precondition(MemoryLayout<Value>.size == 8, "BUG: a dictionary of words is of 64-bit values")
    entries.removeAll(keepingCapacity: true)
    for index in slots.indices { slots[index] = 0 }
    indexes.removeAll(keepingCapacity: true)
    indexes.reserveCapacity(values.count)
    let multiplier = Self.multiplier
    let (shift, mask) = (UInt64(64 - slotBits), slots.count - 1)
    for row in values.indices {
      if let isPresent, !isPresent[row] {
        indexes.append(0)
        continue
      }
      let key = unsafeBitCast(values[row], to: UInt64.self)
      var slot = Int(truncatingIfNeeded: ((key ^ key >> 32) &* multiplier) >> shift)
      while slots[slot] != 0, keys[slot] != key { slot = (slot &+ 1) & mask }
      if slots[slot] == 0 {
        guard entries.count < most else { return false }
        entries.append(key)
        keys[slot] = key
        slots[slot] = UInt32(entries.count)
      }
      indexes.append(slots[slot] &- 1)
    }
    return true
  }

  /// Numbers the entries anew, in the order that `key` gives them.
  private mutating func sort(_ isPresent: [Bool]?, _ indexes: inout [UInt32], by key: (UInt64) -> UInt64) {
    let order = entries.indices.sorted { key(entries[$0]) < key(entries[$1]) }
    var ranks = [UInt32](repeating: 0, count: max(1, entries.count))
    for (rank, entry) in order.enumerated() { ranks[entry] = UInt32(rank) }
    entries = order.map { entries[$0] }
    for row in indexes.indices where isPresent?[row] ?? true { indexes[row] = ranks[Int(indexes[row])] }
  }
}
