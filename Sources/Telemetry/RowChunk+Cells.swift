/// One field's values of many rows, in an order that someone chose. Its memory is used for one field after the other.
///
/// `unsafe` is sound here: both blocks have `count` elements, live until `deinit`, and each target is checked against
/// `count`.
public struct ColumnCells: ~Copyable {
  public let count: Int
  @usableFromInline let tagBase: UnsafeMutablePointer<UInt8>
  @usableFromInline let payloadBase: UnsafeMutablePointer<Int64>

  /// The target of a row that goes nowhere.
  public static let nowhere = UInt32.max

  /// Cells without values.
  public init(count: Int) {
    self.count = count
    tagBase = .allocate(capacity: max(1, count))
    payloadBase = .allocate(capacity: max(1, count))
    tagBase.initialize(repeating: ValueTag.null.rawValue, count: count)
    payloadBase.initialize(repeating: 0, count: count)
  }

  deinit {
    tagBase.deallocate()
    payloadBase.deallocate()
  }

  /// Forgets all values.
  public mutating func removeAll() {
    tagBase.update(repeating: ValueTag.null.rawValue, count: count)
  }

  /// `null` where the row has no value.
  @inlinable
  public func tag(_ index: Int) -> ValueTag {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "BUG: cell out of bounds")
    return ValueTag(rawValue: tagBase[index])
  }

  /// Meaningless where the tag is `null`.
  @inlinable
  public func payload(_ index: Int) -> Int64 {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "BUG: cell out of bounds")
    return payloadBase[index]
  }

  /// Puts a chunk's values of one column where `targets` says, from its `firstTarget`th on, row by row. A row without a
  /// value leaves its cell as it is, so that rows which share a cell add up to one.
  ///
  /// Read in order and written out of order, since the processor waits for what it reads, not for what it writes.
  public mutating func takeColumn(_ column: Int, of chunk: RowChunk, targets: [UInt32], from firstTarget: Int) {
    precondition(targets.count - firstTarget >= chunk.count, "BUG: rows without a target")
    chunk.withColumn(column) { rows in
      targets.withUnsafeBufferPointer { targets in
        for row in rows.tags.indices {
          let target = Int(targets[firstTarget &+ row])
          let tag = rows.tags[row]
          if target >= count || tag == ValueTag.null.rawValue { continue }
          tagBase[target] = tag
          payloadBase[target] = rows.payloads[row]
        }
      }
    }
  }
}
