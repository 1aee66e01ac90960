/// How a page's values or levels are written: `Encoding` of parquet.thrift.
public enum ValueEncoding: Int32, Hashable, Sendable, CustomStringConvertible {
  /// Values as they are.
  case plain = 0
  /// An old name of `rleDictionary`.
  case plainDictionary = 2
  /// The hybrid of run lengths and bit packing.
  case rle = 3
  /// Bit packing alone, deprecated.
  case bitPacked = 4
  /// Differences of integers, bit-packed in blocks.
  case deltaBinaryPacked = 5
  /// Strings whose lengths are differences.
  case deltaLengthByteArray = 6
  /// Strings by what they share with the one before.
  case deltaByteArray = 7
  /// Indexes into the chunk's dictionary.
  case rleDictionary = 8
  /// First bytes of all values, then second ones, and so on.
  case byteStreamSplit = 9

  /// As the format's documents write it: `DELTA_BINARY_PACKED`.
  public var description: String {
    switch self {
    case .plain: "PLAIN"
    case .plainDictionary: "PLAIN_DICTIONARY"
    case .rle: "RLE"
    case .bitPacked: "BIT_PACKED"
    case .deltaBinaryPacked: "DELTA_BINARY_PACKED"
    case .deltaLengthByteArray: "DELTA_LENGTH_BYTE_ARRAY"
    case .deltaByteArray: "DELTA_BYTE_ARRAY"
    case .rleDictionary: "RLE_DICTIONARY"
    case .byteStreamSplit: "BYTE_STREAM_SPLIT"
    }
  }
}
