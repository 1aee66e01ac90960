/// How pages are compressed: those of `CompressionCodec` of parquet.thrift that are read here.
enum CompressionCodec: Int32 {
  case uncompressed = 0
  case snappy = 1
  case gzip = 2
  case zstd = 6

  /// Whether only `ForeignFile` reads it.
  var isForeign: Bool { self == .gzip }
}
