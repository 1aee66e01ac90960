import Parquet
import Sys

/// A part under construction on disk: each row group is in the file before the next one is made, so that a part of any
/// size takes the memory of one.
final class PartFileWriter {
  let path: String
  private let file: File
  private var writer: ParquetWriter?
  /// Bytes in the file.
  private(set) var byteCount = 0
  private(set) var rowCount = 0

  /// Creates the file and its folder.
  init(
    path: String, schema: ParquetSchema, level: Int32, profile: EncodingProfile, metadata: [(String, String)]
  ) throws(LagoonError) {
    self.path = path
    do throws(SystemError) {
      try FileSystem.createDirectories(FileSystem.parent(of: path))
      file = try File(path, .createExclusive)
    } catch {
      throw LagoonError("write", path, error)
    }
    writer = ParquetWriter(schema: schema, zstdLevel: level, profile: profile, metadata: metadata)
  }

  /// Writes a row group. `sortedBy` are the columns by which its rows ascend, if not all that the schema declares.
  func append(_ columns: [ColumnData], rowCount: Int, sortedBy: [Int]? = nil) throws(LagoonError) {
    writer?.append(columns, rowCount: rowCount, sortedBy: sortedBy)
    self.rowCount += rowCount
    try write(writer?.takeBytes() ?? [])
  }

  /// Writes the footer and makes the file durable.
  func finish() throws(LagoonError) {
    guard let writer = writer.take() else { return }
    try write(writer.finish())
    do throws(SystemError) { try file.synchronizeData() } catch { throw LagoonError("write", path, error) }
  }

  /// Removes the file.
  func abandon() {
    writer = nil
    try? FileSystem.unlink(path)
  }

  private func write(_ bytes: [UInt8]) throws(LagoonError) {
    do throws(SystemError) { try file.write(all: bytes) } catch { throw LagoonError("write", path, error) }
    byteCount += bytes.count
  }
}
