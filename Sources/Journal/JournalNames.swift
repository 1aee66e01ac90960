import Primitives

/// Every name that the journal gives to something on disk.
///
/// ```
/// <journal>/lane-00/00000000000000000042.journal
/// <journal>/reserved                                        the largest number that may have been used
/// <journal>/damaged/00-00000000000000000042-4096.bytes      bytes 4096… of that segment, as they were found
/// <journal>/damaged/00-00000000000000000042.journal         a whole segment that was set aside
/// ```
public enum JournalNames {
  /// What the names of segments end in.
  public static let extensionText = ".journal"

  /// The largest number of a segment. No node reaches it, so what says more was damaged; and from it on there is room to
  /// count, and to say numbers in 64 bits with a sign, as Delta logs do.
  public static let largestSegment: UInt64 = 1 << 62

  /// `lane-00`.
  public static func laneDirectory(_ lane: Int) -> String {
    "lane-" + lane.padded(to: 2)
  }

  /// `00000000000000000042.journal`.
  public static func segmentFile(_ segment: UInt64) -> String {
    segment.padded(to: 20) + extensionText
  }

  /// What tells which segment numbers may have been used.
  public static let reservationFile = "reserved"

  /// Where bytes go that no frame could be made of.
  public static let damagedDirectory = "damaged"

  static func damagedFile(lane: Int, segment: UInt64, offset: Int) -> String {
    "\(lane.padded(to: 2))-\(segment.padded(to: 20))-\(offset).bytes"
  }

  static func damagedSegment(lane: Int, segment: UInt64) -> String {
    "\(lane.padded(to: 2))-\(segmentFile(segment))"
  }

  /// The lane of a directory's name; nil if it is no lane's.
  static func lane(ofDirectory name: String) -> Int? {
    guard name.hasPrefix("lane-"), let lane = digits(name.dropFirst(5)), lane < 1_000_000 else { return nil }
    return name == laneDirectory(Int(lane)) ? Int(lane) : nil
  }

  /// The number of a segment's file; nil if it is none.
  static func segment(ofFile name: String) -> UInt64? {
    guard name.hasSuffix(extensionText), let segment = digits(name.dropLast(extensionText.count)) else { return nil }
    return name == segmentFile(segment) && segment <= largestSegment ? segment : nil
  }

  private static func digits(_ text: Substring) -> UInt64? {
    text.utf8.allSatisfy { (48...57).contains($0) } ? UInt64(text) : nil
  }
}
