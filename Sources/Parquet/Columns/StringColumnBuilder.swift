import Primitives

/// Builds a `StringColumn` row by row; equal strings get one entry.
///
/// The hash is the standard library's, seeded per process: names come from the network, and nobody there can choose
/// them to collide. Entries are numbered by first appearance, so the result does not depend on the seed.
public struct StringColumnBuilder: Sendable {
  private var bytes: [UInt8] = []
  private var offsets: [UInt32] = [0]
  private var indexes: [UInt32] = []
  /// Open addressing: entry + 1, 0 where free. A power of two, at most half full.
  private var slots: [UInt32] = Array(repeating: 0, count: 64)

  /// No rows yet.
  public init() {}

  /// Rows so far.
  public var count: Int { indexes.count }

  /// Distinct strings so far.
  public var dictionaryCount: Int { offsets.count - 1 }

  /// Octets of the distinct strings so far.
  var byteCount: Int { bytes.count }

  /// Makes room for `rows` more rows.
  public mutating func reserve(rows: Int) {
    indexes.reserveCapacity(indexes.count + rows)
  }

  /// Appends a row.
  public mutating func append(_ string: String) {
    indexes.append(intern(string))
  }

  /// Appends a row of UTF-8.
  public mutating func append(_ utf8: UnsafeRawBufferPointer) {
    indexes.append(intern(utf8))
  }

  /// Appends a row of UTF-8.
  public mutating func append(_ utf8: RawSpan) {
    let entry = utf8.withUnsafeBytes { intern($0) }
    indexes.append(entry)
  }

  /// Appends a row that holds a placeholder.
  public mutating func appendNull() {
    indexes.append(0)
  }

  /// Appends a row that equals the entry `index`, as `intern` returned it.
  public mutating func append(entry index: UInt32) {
    precondition(Int(index) < dictionaryCount, "BUG: a string index beyond the dictionary")
    indexes.append(index)
  }

  /// The entry of `string`, added if it is new. Appends no row.
  public mutating func intern(_ string: String) -> UInt32 {
    var copy = string
    return copy.withUTF8 { intern(UnsafeRawBufferPointer($0)) }
  }

  /// The entry of `utf8`, added if it is new. Appends no row.
  public mutating func intern(_ utf8: UnsafeRawBufferPointer) -> UInt32 {
    var hasher = Hasher()
    hasher.combine(bytes: utf8)
    var slot = hasher.finalize() & (slots.count - 1)
    while slots[slot] != 0 {
      let entry = Int(slots[slot]) - 1
      if equals(entry, utf8) { return UInt32(entry) }
      slot = (slot + 1) & (slots.count - 1)
    }
    let entry = UInt32(dictionaryCount)
    slots[slot] = entry + 1
    precondition(bytes.count + utf8.count <= Int(UInt32.max), "BUG: a string dictionary beyond 4 GiB")
    bytes.append(contentsOf: utf8)
    offsets.append(UInt32(bytes.count))
    if dictionaryCount * 2 > slots.count { rehash() }
    return entry
  }

  /// The entry of `utf8`, where equal strings come one behind the other: then only the last one is compared. Not to be
  /// mixed with `intern`. Appends no row.
  public mutating func internSorted(_ utf8: UnsafeRawBufferPointer) -> UInt32 {
    if dictionaryCount > 0 && equals(dictionaryCount - 1, utf8) { return UInt32(dictionaryCount - 1) }
    precondition(bytes.count + utf8.count <= Int(UInt32.max), "BUG: a string dictionary beyond 4 GiB")
    bytes.append(contentsOf: utf8)
    offsets.append(UInt32(bytes.count))
    return UInt32(dictionaryCount - 1)
  }

  /// The column; the builder is used up.
  public consuming func finish() -> StringColumn {
    StringColumn(dictionaryBytes: bytes, dictionaryOffsets: offsets, indexes: indexes)
  }

  private func equals(_ entry: Int, _ utf8: UnsafeRawBufferPointer) -> Bool {
    let start = Int(offsets[entry])
    let length = Int(offsets[entry + 1]) - start
    if length != utf8.count { return false }
    return bytes.span.bytes.extracting(start..<start + length).equals(RawSpan(_unsafeBytes: utf8))
  }

  private mutating func rehash() {
    var wider = [UInt32](repeating: 0, count: slots.count * 2)
    bytes.withUnsafeBytes { own in
      for entry in 0..<dictionaryCount {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: own[Int(offsets[entry])..<Int(offsets[entry + 1])]))
        var slot = hasher.finalize() & (wider.count - 1)
        while wider[slot] != 0 { slot = (slot + 1) & (wider.count - 1) }
        wider[slot] = UInt32(entry) + 1
      }
    }
    slots = wider
  }
}
