/// How pages are compressed: those of `CompressionCodec` of parquet.thrift that are read here.
enum CompressionCodec: Int32 {
  case uncompressed = 0
  case snappy = 1
  case zstd = 6
}
