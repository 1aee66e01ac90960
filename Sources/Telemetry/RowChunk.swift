public import Primitives
import Synchronization
import Sys

/// Rows of one table in columns: times, series and values, in the order of arrival.
///
/// The tables' unsealed rows are lists of chunks, and what a query reads from a part comes as chunks too, so that
/// memory and disk are read by one piece of code. One thread appends; when it is full (or copied) a chunk never
/// changes again and any thread may read it.
///
/// Its variables are not checked for exclusive access at run time: only one thread writes, and no method of this class
/// calls another while it changes what both use.
///
/// A chunk of the largest capacity keeps its columns in `BlockPool`, smaller ones have memory of their own.
///
/// `unsafe` is sound here: every block is allocated for `capacity` rows and freed in `deinit`; rows are written only
/// below `capacity` and read only below `count`.
public final class RowChunk: @unchecked Sendable {
  /// `received` of a row whose arrival is close to its time.
  public static let noReceived = Int64.min

  public let capacity: Int
  @exclusivity(unchecked) @usableFromInline var filled = 0
  /// Whether it takes no more rows although it has room: see `close`.
  @exclusivity(unchecked) @usableFromInline var isClosed = false
  /// Columns that have memory.
  @exclusivity(unchecked) public private(set) var allocatedColumns = 0
  /// Memory held, in bytes.
  @exclusivity(unchecked) public private(set) var byteCount: Int
  /// What of `byteCount` its owner has entered into an account.
  @exclusivity(unchecked) public var accountedBytes = 0

  @usableFromInline let seriesBase: UnsafeMutablePointer<UInt32>
  @usableFromInline let timeBase: UnsafeMutablePointer<Int64>
  /// The row before of the same series, as a row number of the table; `UInt32.max` if none.
  @usableFromInline let previousBase: UnsafeMutablePointer<UInt32>
  @exclusivity(unchecked) private(set) var receivedBase: UnsafeMutablePointer<Int64>?
  @exclusivity(unchecked) @usableFromInline var columns = GrowingSlab<Column?>()
  /// The bytes of string values: a string's payload is a `TextRange` of them.
  @exclusivity(unchecked) @usableFromInline var heapBase: UnsafeMutablePointer<UInt8>?
  @exclusivity(unchecked) @usableFromInline var heapCapacity = 0
  @exclusivity(unchecked) @usableFromInline var heapCount = 0
  private let derivedValues = Mutex<[Int: any Sendable]>([:])

  /// One column's block: payloads, and a tag for each row; `null` where the row has no such field.
  @usableFromInline
  struct Column: BitwiseCopyable, @unchecked Sendable {
    @usableFromInline let payloads: UnsafeMutablePointer<Int64>
    @usableFromInline let tags: UnsafeMutablePointer<UInt8>
  }

  public init(capacity: Int) {
    self.capacity = capacity
    byteCount = 2 * Self.blockBytes(capacity) + Self.emptyBytes
    timeBase = Self.allocate(capacity).assumingMemoryBound(to: Int64.self)
    let numbers = Self.allocate(capacity).assumingMemoryBound(to: UInt32.self)
    seriesBase = numbers
    previousBase = numbers + capacity
  }

  deinit {
    free(timeBase)
    free(seriesBase)
    if let receivedBase { free(receivedBase) }
    heapBase?.deallocate()
    for index in columns.indices { if let column = columns[index] { free(column.payloads) } }
  }

  /// Nine bytes a row: a column's payloads and tags, or less.
  private static let blocks = BlockPool(blockBytes: 9 * Limits.rowsPerChunk)

  /// What a chunk takes beside its blocks, about: the object and its list of columns.
  private static let emptyBytes = 256

  private static func blockBytes(_ capacity: Int) -> Int { 9 * capacity }

  private static func allocate(_ capacity: Int) -> UnsafeMutableRawPointer {
    if capacity == Limits.rowsPerChunk { return blocks.take() }
    return .allocate(byteCount: blockBytes(capacity), alignment: 64)
  }

  private func free(_ block: UnsafeMutableRawPointer) {
    if capacity == Limits.rowsPerChunk { Self.blocks.give(block) } else { block.deallocate() }
  }

  /// A column in a block of its own, its content undefined.
  private static func makeColumn(_ capacity: Int) -> Column {
    let block = allocate(capacity)
    return Column(
      payloads: block.assumingMemoryBound(to: Int64.self),
      tags: (block + 8 * capacity).assumingMemoryBound(to: UInt8.self))
  }

  private static func makeReceived(_ capacity: Int) -> UnsafeMutablePointer<Int64> {
    allocate(capacity).assumingMemoryBound(to: Int64.self)
  }

  /// How many rows it holds.
  @inlinable public var count: Int { filled }
  @inlinable public var isFull: Bool { filled == capacity || isClosed }

  // MARK: writing, by one thread

  /// Takes no more rows from now on: what comes next would make it far larger than what is in it.
  public func close() {
    isClosed = true
  }

  /// Begins a row whose fields are all null. The chunk must not be full.
  @inlinable
  public func appendRow(series: UInt32, time: Int64, previous: UInt32) {
    let row = reserveRow()
    seriesBase[row] = series
    timeBase[row] = time
    previousBase[row] = previous
  }

  @inlinable
  func reserveRow() -> Int {
    let row = filled
    precondition(row < capacity, "BUG: a row appended to a full chunk")
    filled = row &+ 1
    return row
  }

  /// Sets a field of the row appended last.
  @inlinable
  public func setValue(column: Int, tag: ValueTag, payload: Int64) {
    if column >= columns.count || columns[column] == nil { addColumn(column) }
    guard let block = columns[column] else { return }
    block.payloads[filled &- 1] = payload
    block.tags[filled &- 1] = tag.rawValue
  }

  /// Sets a string field of the row appended last.
  public func setString(column: Int, _ text: RawSpan) {
    setValue(column: column, tag: .string, payload: appendText(text).payload)
  }

  /// Sets a field of any row: for columns that are filled one by one.
  @inlinable
  public func setValue(row: Int, column: Int, tag: ValueTag, payload: Int64) {
    check(row)
    if column >= columns.count || columns[column] == nil { addColumn(column) }
    guard let block = columns[column] else { return }
    block.payloads[row] = payload
    block.tags[row] = tag.rawValue
  }

  /// Sets a string field of any row.
  public func setString(row: Int, column: Int, _ text: RawSpan) {
    setValue(row: row, column: column, tag: .string, payload: appendText(text).payload)
  }

  /// Says when the row appended last arrived, in milliseconds since 1970.
  public func setReceived(_ millis: Int64) {
    if receivedBase == nil {
      let block = Self.makeReceived(capacity)
      block.initialize(repeating: Self.noReceived, count: capacity)
      receivedBase = block
      byteCount += Self.blockBytes(capacity)
    }
    receivedBase?[count - 1] = millis
  }

  /// Takes back the row appended last, its strings included. Its values must have been set to null before.
  public func removeLastRow(heapCount: Int) {
    precondition(count > 0 && heapCount <= self.heapCount, "BUG: no row to take back")
    filled -= 1
    self.heapCount = heapCount
    receivedBase?[count] = Self.noReceived
  }

  public var textByteCount: Int { heapCount }

  @usableFromInline
  func addColumn(_ index: Int) {
    let listBytes = columns.byteCount
    columns.grow(to: index + 1, repeating: nil)
    let column = Self.makeColumn(capacity)
    column.tags.initialize(repeating: ValueTag.null.rawValue, count: capacity)
    columns[index] = column
    allocatedColumns += 1
    byteCount += Self.blockBytes(capacity) + columns.byteCount - listBytes
  }

  private func appendText(_ text: RawSpan) -> TextRange {
    let length = text.byteCount
    if heapCount + length > heapCapacity {
      let larger = max(1_024, heapCapacity * 2, heapCount + length)
      let block = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
      if let old = heapBase {
        block.update(from: old, count: heapCount)
        old.deallocate()
      }
      heapBase = block
      byteCount += larger - heapCapacity
      heapCapacity = larger
    }
    if length > 0, let heap = heapBase {
      text.withUnsafeBytes {
        UnsafeMutableRawPointer(heap + heapCount).copyMemory(from: $0.baseAddress!, byteCount: length)
      }
    }
    heapCount += length
    return TextRange(datagramOffset: heapCount - length, length: length)
  }

  // MARK: reading

  @inlinable
  func check(_ row: Int) {
    precondition(UInt(bitPattern: row) < UInt(bitPattern: count), "BUG: chunk row out of bounds")
  }

  /// The series' number in the table (or the part).
  @inlinable
  public func series(_ row: Int) -> UInt32 {
    check(row)
    return seriesBase[row]
  }

  /// The row's time in the table's unit.
  @inlinable
  public func time(_ row: Int) -> Int64 {
    check(row)
    return timeBase[row]
  }

  @inlinable
  public func previous(_ row: Int) -> UInt32 {
    check(row)
    return previousBase[row]
  }

  /// Whether any row says when it arrived.
  public var hasReceived: Bool { receivedBase != nil }

  /// Milliseconds since 1970, or `noReceived`.
  public func received(_ row: Int) -> Int64 {
    check(row)
    return receivedBase?[row] ?? Self.noReceived
  }

  /// What `make` computes of a column of a full chunk, computed once: the chunk does not change any more. One kind of
  /// value is kept a column.
  public func derived<Value: Sendable>(ofColumn column: Int, make: () -> Value) -> Value {
    precondition(isFull, "BUG: what is derived of a chunk that may change")
    if let known = derivedValues.withLock({ $0[column] }) as? Value { return known }
    let made = make()
    derivedValues.withLock { $0[column] = made }
    return made
  }

  /// How many columns may hold anything.
  @inlinable public var columnCount: Int { columns.count }

  /// Whether any row may have a value in the column.
  @inlinable
  public func hasColumn(_ column: Int) -> Bool {
    column < columns.count && columns[column] != nil
  }

  @inlinable
  public func tag(_ row: Int, column: Int) -> ValueTag {
    check(row)
    guard column < columns.count, let block = columns[column] else { return .null }
    return ValueTag(rawValue: block.tags[row])
  }

  /// The payload; meaningless where the tag is `null`.
  @inlinable
  public func payload(_ row: Int, column: Int) -> Int64 {
    check(row)
    guard column < columns.count, let block = columns[column] else { return 0 }
    return block.payloads[row]
  }

  /// The bytes of a string value.
  @inlinable
  public func text(_ payload: Int64) -> UnsafeRawBufferPointer {
    let range = TextRange(payload: payload)
    precondition(range.offset &+ Int(range.length) <= heapCount, "BUG: text beyond the chunk's heap")
    return UnsafeRawBufferPointer(start: heapBase.map { UnsafeRawPointer($0 + range.offset) }, count: Int(range.length))
  }

  /// A string value, repaired where it is not UTF-8.
  public func string(_ payload: Int64) -> String {
    String(decoding: text(payload), as: UTF8.self)
  }

  /// A number as a double; nil for what is none.
  @inlinable
  public func double(_ row: Int, column: Int) -> Double? {
    DecimalNumber.double(tag: tag(row, column: column), payload: payload(row, column: column))
  }

  /// A copy that stays as it is while this chunk grows.
  public func copy() -> RowChunk {
    let other = RowChunk(capacity: max(1, count))
    other.filled = count
    other.seriesBase.update(from: seriesBase, count: count)
    other.timeBase.update(from: timeBase, count: count)
    other.previousBase.update(from: previousBase, count: count)
    if let received = receivedBase {
      let block = Self.makeReceived(other.capacity)
      block.update(from: received, count: count)
      other.receivedBase = block
      other.byteCount += Self.blockBytes(other.capacity)
    }
    for index in columns.indices {
      guard let column = columns[index] else {
        other.columns.append(nil)
        continue
      }
      let block = Self.makeColumn(other.capacity)
      block.payloads.update(from: column.payloads, count: count)
      block.tags.update(from: column.tags, count: count)
      other.columns.append(block)
      other.allocatedColumns += 1
    }
    other.byteCount += other.allocatedColumns * Self.blockBytes(other.capacity) + other.columns.byteCount
    if let heap = heapBase, heapCount > 0 {
      let block = UnsafeMutablePointer<UInt8>.allocate(capacity: heapCount)
      block.update(from: heap, count: heapCount)
      other.heapBase = block
      other.heapCapacity = heapCount
      other.byteCount += heapCount
      other.heapCount = heapCount
    }
    return other
  }
}

extension RowChunk {
  /// A copy whose series have other numbers: `numbers` has one for each that a row is of.
  public func copy(renumbering numbers: [UInt32]) -> RowChunk {
    let other = copy()
    for row in 0..<other.count { other.seriesBase[row] = numbers[Int(seriesBase[row])] }
    return other
  }

  /// Appends a copy of another chunk's row, whose columns mean the same. Its series stays as it is, and so does what is
  /// before it unless `previous` says otherwise.
  ///
  /// - Returns: how many values it has.
  @discardableResult
  public func appendCopy(of row: Int, from other: RowChunk, previous: UInt32? = nil) -> Int {
    appendRow(series: other.series(row), time: other.time(row), previous: previous ?? other.previous(row))
    let received = other.received(row)
    if received != Self.noReceived { setReceived(received) }
    var valueCount = 0
    for column in 0..<other.columnCount {
      let tag = other.tag(row, column: column)
      if tag == .null { continue }
      valueCount += 1
      let payload = other.payload(row, column: column)
      if tag == .string {
        setString(column: column, RawSpan(_unsafeBytes: other.text(payload)))
      } else {
        setValue(column: column, tag: tag, payload: payload)
      }
    }
    return valueCount
  }
}
