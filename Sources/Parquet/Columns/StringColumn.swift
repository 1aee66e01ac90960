/// Strings as dictionary and indexes: every distinct string once, and for each row which one it is.
///
/// Entry `n` of the dictionary is `dictionaryBytes[dictionaryOffsets[n]..<dictionaryOffsets[n + 1]]`. The entries are
/// distinct, so two rows are equal exactly when their indexes are. Entries that no row uses are allowed. The index of
/// a null row may be anything.
public struct StringColumn: Sendable {
  /// The entries one after the other, UTF-8.
  public let dictionaryBytes: [UInt8]
  /// Where each entry begins, and at last where the last one ends: one more than there are entries.
  public let dictionaryOffsets: [UInt32]
  /// The entry of each row.
  public var indexes: [UInt32]

  /// - Precondition: `dictionaryOffsets` begins with 0, never descends, and ends with the count of `dictionaryBytes`.
  public init(dictionaryBytes: [UInt8], dictionaryOffsets: [UInt32], indexes: [UInt32]) {
    precondition(dictionaryOffsets.first == 0, "BUG: a string dictionary whose offsets do not begin at 0")
    precondition(
      dictionaryOffsets.last.map(Int.init) == dictionaryBytes.count, "BUG: a string dictionary of another length")
    var last: UInt32 = 0
    for offset in dictionaryOffsets {
      precondition(offset >= last, "BUG: a string dictionary whose offsets descend")
      last = offset
    }
    self.dictionaryBytes = dictionaryBytes
    self.dictionaryOffsets = dictionaryOffsets
    self.indexes = indexes
  }

  /// From one string a row; nil rows get a placeholder (see `ColumnData.isPresent`).
  public init(_ strings: [String?]) {
    var builder = StringColumnBuilder()
    for string in strings {
      if let string { builder.append(string) } else { builder.appendNull() }
    }
    self = builder.finish()
  }

  /// Rows.
  public var count: Int { indexes.count }

  /// Distinct strings.
  public var dictionaryCount: Int { dictionaryOffsets.count - 1 }

  /// The bytes of one entry of the dictionary.
  public func entry(_ index: Int) -> ArraySlice<UInt8> {
    dictionaryBytes[range(ofEntry: index)]
  }

  /// Where the bytes of one entry stand.
  func range(ofEntry index: Int) -> Range<Int> {
    Int(dictionaryOffsets[index])..<Int(dictionaryOffsets[index + 1])
  }

  /// The entry that equals `bytes`; nil if there is none, and then no row does. Looks at every entry.
  public func entryIndex(of bytes: some Collection<UInt8>) -> UInt32? {
    for index in 0..<dictionaryCount where entry(index).elementsEqual(bytes) {
      return UInt32(index)
    }
    return nil
  }

  /// The bytes of a row that is present.
  public func bytes(at row: Int) -> ArraySlice<UInt8> {
    entry(Int(indexes[row]))
  }

  /// The string of a row that is present; bytes that are not UTF-8 are replaced by U+FFFD.
  public func string(at row: Int) -> String {
    String(decoding: bytes(at: row), as: UTF8.self)
  }
}
