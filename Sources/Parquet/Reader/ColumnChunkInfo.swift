/// A column of a row group as the footer describes it. What the footer does not tell is nil.
public struct ColumnChunkInfo: Sendable {
  /// No value is below it. Nil also where all rows are null or a NaN is among the values.
  public let min: ColumnBound?
  /// No value is above it.
  public let max: ColumnBound?
  /// Whether `min` is a value of the column, and not a shortened one.
  public let isMinExact: Bool
  /// Whether `max` is a value of the column, and not a shortened one.
  public let isMaxExact: Bool
  /// Rows that are null.
  public let nullCount: Int?
  /// Of a double column: values that are NaN.
  public let nanCount: Int?
  /// Of values and levels, as listed; one that the format does not know is left out.
  public let encodings: [ValueEncoding]
  /// Pages with their headers, as they are in the file.
  public let compressedBytes: Int
  /// Pages with their headers, before compression.
  public let uncompressedBytes: Int

  init(_ chunk: ChunkMetadata, _ type: ColumnType) {
    let statistics = chunk.statistics
    min = statistics?.minimum.flatMap { ColumnBound(encoded: $0, type: type) }
    max = statistics?.maximum.flatMap { ColumnBound(encoded: $0, type: type) }
    isMinExact = statistics?.isMinimumExact ?? false
    isMaxExact = statistics?.isMaximumExact ?? false
    nullCount = statistics?.nullCount.map(Int.init)
    nanCount = statistics?.nanCount.map(Int.init)
    encodings = chunk.encodings.compactMap(ValueEncoding.init(rawValue:))
    compressedBytes = chunk.compressedBytes
    uncompressedBytes = chunk.uncompressedBytes
  }

  /// The same in another unit of time.
  init(_ other: ColumnChunkInfo, _ unit: TimeUnitChange?) {
    min = unit.map { $0.apply(other.min) } ?? other.min
    max = unit.map { $0.apply(other.max) } ?? other.max
    isMinExact = other.isMinExact
    isMaxExact = other.isMaxExact
    nullCount = other.nullCount
    nanCount = other.nanCount
    encodings = other.encodings
    compressedBytes = other.compressedBytes
    uncompressedBytes = other.uncompressedBytes
  }

  /// A column that the file lacks.
  init(rowCount: Int) {
    min = nil
    max = nil
    isMinExact = false
    isMaxExact = false
    nullCount = rowCount
    nanCount = 0
    encodings = []
    compressedBytes = 0
    uncompressedBytes = 0
  }
}
