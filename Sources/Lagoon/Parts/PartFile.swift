import Parquet
import Sys

/// A part's bytes, mapped: a live part never changes, and one that is removed while it is read stays readable.
final class PartFile: RandomAccessBytes {
  private let file: MappedFile

  init(path: String) throws(SystemError) {
    file = try MappedFile(path)
  }

  var byteCount: Int { file.byteCount }

  func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= file.byteCount - count else {
      throw LagoonError("cannot read \(count) bytes at \(offset): the file ends at \(file.byteCount)")
    }
    return file.withUnsafeBytes { Array($0[offset..<offset + count]) }
  }
}
