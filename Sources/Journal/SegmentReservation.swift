public import Sys

/// Which segment numbers may have been used: a number is never given twice, even if everything else that tells of it,
/// the segments and the tables' logs, is lost or comes back from a copy.
///
/// ```
/// <journal>/reserved      "3072\n": numbers up to it may have been used
/// ```
public struct SegmentReservation: Sendable {
  /// Numbers taken at once, so that the file is written seldom.
  public static let stride: UInt64 = 1_024

  private let directory: String
  private var path: String { directory + "/" + JournalNames.reservationFile }
  /// The largest number that may be used without writing the file.
  public private(set) var end: UInt64 = 0

  /// - Parameter directory: the journal's.
  public init(directory: String) {
    self.directory = directory
  }

  /// The largest number that may have been used before; 0 if nothing says so. Throws if the file cannot be read, nil
  /// if it makes no sense.
  public func previous() throws(SystemError) -> UInt64? {
    guard FileSystem.exists(path) else { return 0 }
    let text = String(decoding: try File.readWhole(path), as: UTF8.self)
    return UInt64(text.prefix { $0 != "\n" }).flatMap { $0 <= JournalNames.largestSegment ? $0 : nil }
  }

  /// Makes that number, and some after it, good to be used.
  public mutating func reserve(_ number: UInt64) throws(SystemError) {
    if number <= end { return }
    let wanted = number + Self.stride
    try FileSystem.createDirectories(directory)
    try FileSystem.replace(path, by: Array("\(wanted)\n".utf8))
    end = wanted
  }
}
