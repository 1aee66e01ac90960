/// The distinct 64-bit values of a chunk, keyed by bit pattern, so that NaN payloads and -0.0 stay what they are.
///
/// It gives up early where there are many: such a chunk is smaller without a dictionary under zstd. The multiplier of
/// the hash is drawn per process, because values come from the network; entries are numbered by first appearance, so
/// what is written does not depend on it.
struct WordDictionary {
  static let most = 1_024
  private static let slotBits = 12
  private static let multiplier = UInt64.random(in: .min ... .max) | 1

  /// The distinct values' bits.
  private(set) var entries: [UInt64] = []
  private var keys = [UInt64](repeating: 0, count: 1 << slotBits)
  /// Entry + 1, 0 where free.
  private var slots = [UInt16](repeating: 0, count: 1 << slotBits)

  /// Takes in the values that are present. `indexes` becomes the entry of each row, 0 for a null one; false, with
  /// `indexes` unusable, when there are too many distinct ones.
  mutating func assign<Value: BitwiseCopyable>(
    _ values: [Value], _ isPresent: [Bool]?, to indexes: inout [UInt32]
  ) -> Bool {
    precondition(MemoryLayout<Value>.size == 8, "BUG: a dictionary of words is of 64-bit values")
    entries.removeAll(keepingCapacity: true)
    for index in slots.indices { slots[index] = 0 }
    indexes.removeAll(keepingCapacity: true)
    indexes.reserveCapacity(values.count)
    let multiplier = Self.multiplier
    for row in values.indices {
      if let isPresent, !isPresent[row] {
        indexes.append(0)
        continue
      }
      let key = unsafeBitCast(values[row], to: UInt64.self)
      var slot = Int(truncatingIfNeeded: ((key ^ key >> 32) &* multiplier) >> UInt64(64 - Self.slotBits))
      while slots[slot] != 0, keys[slot] != key { slot = (slot &+ 1) & (1 << Self.slotBits &- 1) }
      if slots[slot] == 0 {
        guard entries.count < Self.most else { return false }
        entries.append(key)
        keys[slot] = key
        slots[slot] = UInt16(entries.count)
      }
      indexes.append(UInt32(slots[slot]) &- 1)
    }
    return true
  }
}
