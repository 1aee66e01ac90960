public import Sys
import Zstd

/// Reads back what a journal kept. It asks nobody to delete anything, reads each segment once from front to back, and
/// finds the same frames when it is run again.
public enum JournalRecovery {
  /// Every segment under the journal's directory, by lane and number; other files are not touched. None if the
  /// directory does not exist.
  public static func segments(directory: String) throws(SystemError) -> [JournalSegment] {
    guard try FileSystem.status(directory) != nil else { return [] }
    var found: [JournalSegment] = []
    for entry in try FileSystem.list(directory) where entry.isDirectory {
      guard let lane = JournalNames.lane(ofDirectory: entry.name) else { continue }
      for file in try FileSystem.list(directory + "/" + entry.name) where !file.isDirectory {
        guard let number = JournalNames.segment(ofFile: file.name) else { continue }
        found.append(JournalSegment(directory: directory, lane: lane, number: number))
      }
    }
    return found.sorted()
  }

  /// Calls `body` with each whole frame's payload and sequence, in the order in which they were written. Where `body`
  /// returns false it could not make use of all of the frame, which is then set aside as damage is.
  ///
  /// A tail that is no frame is cut off and counted. Damage with something whole behind it is copied to
  /// `damaged/<lane>-<segment>-<offset>.bytes` and counted, and reading goes on behind it. Throws what `body` throws,
  /// or a `SystemError` if the segment cannot be read at all.
  public static func replay(
    _ segment: JournalSegment, _ body: (_ payload: UnsafeRawBufferPointer, _ frameSequence: UInt64) throws -> Bool
  ) throws -> RecoveryReport {
    var report = RecoveryReport()
    var scanner = try FrameScanner(path: segment.path)
    if let header = scanner.header, header.version != JournalFormat.version {
      report.unknownVersions = 1
      return report
    }
    // A file that ends within its header is one whose creation was interrupted.
    let isHeaderDamaged = scanner.header == nil && scanner.byteCount >= JournalFormat.fileHeaderBytes
    report.damagedHeaders = isHeaderDamaged ? 1 : 0
    let codec = ZstdCodec()
    var nextSequence: UInt64 = 0
    while let step = try scanner.next() {
      switch step {
      case .frame(let offset, let header):
        report.missingFrames += header.sequence - nextSequence
        nextSequence = header.sequence + 1
        guard let payload = codec.decompress(try scanner.block(at: offset, header), byteCount: header.payloadBytes)
        else {
          report.missingFrames += 1
          setAside(offset..<offset + header.frameBytes, of: segment, &scanner, &report)
          continue
        }
        if try !payload.withUnsafeBytes({ try body($0, header.sequence) }) {
          report.unusedFrames += 1
          setAside(offset..<offset + header.frameBytes, of: segment, &scanner, &report)
        }
        report.framesRead += 1
        report.bytesRead += header.payloadBytes
      case .damage(let range):
        setAside(range, of: segment, &scanner, &report)
      case .tail(let range) where isHeaderDamaged && range.lowerBound == 0:
        // No header and no frame: nobody can say what this was, so it is kept.
        setAside(range, of: segment, &scanner, &report)
      case .tail(let range):
        report.tornTailBytes += range.count
        // What looks torn may be what the disk refused to give this time.
        if scanner.unreadableBytes == 0 { cut(segment, to: range.lowerBound, &report) }
      }
    }
    report.unreadableBytes = scanner.unreadableBytes
    if report.framesRead > 0 { makeDurable(segment, &report) }
    return report
  }

  /// A process that was killed may have written frames and not made them durable. From now on they are answered, so the
  /// power must not take them any more.
  private static func makeDurable(_ segment: JournalSegment, _ report: inout RecoveryReport) {
    do throws(SystemError) {
      try File(segment.path, .read).synchronizeData()
      try FileSystem.synchronizeDirectory(segment.laneDirectory)
    } catch {
      report.failure = error
    }
  }

  /// Removes a segment whose rows are kept elsewhere; one that is gone is fine. The removal is durable after
  /// `synchronizeRemovals`; before that a crash may bring it back.
  public static func remove(_ segment: JournalSegment) throws(SystemError) {
    do {
      try FileSystem.unlink(segment.path)
    } catch {
      guard error.isNotFound else { throw error }
    }
  }

  /// Moves a segment that must not be removed (`RecoveryReport.mayBeRemoved`) out of the lane, so that no later start
  /// replays it. Returns where it is now.
  public static func setAside(_ segment: JournalSegment) throws(SystemError) -> String {
    let directory = segment.directory + "/" + JournalNames.damagedDirectory
    try FileSystem.createDirectories(directory)
    let path = directory + "/" + JournalNames.damagedSegment(lane: segment.lane, segment: segment.number)
    try FileSystem.rename(from: segment.path, to: path)
    try FileSystem.synchronizeDirectory(directory)
    try FileSystem.synchronizeDirectory(segment.laneDirectory)
    return path
  }

  /// Makes the removals in a lane durable.
  public static func synchronizeRemovals(directory: String, lane: Int) throws(SystemError) {
    try FileSystem.synchronizeDirectory(directory + "/" + JournalNames.laneDirectory(lane))
  }

  private static func cut(_ segment: JournalSegment, to byteCount: Int, _ report: inout RecoveryReport) {
    do throws(SystemError) {
      let file = try File(segment.path, .readWrite)
      try file.truncate(to: byteCount)
      try file.synchronize()
    } catch {
      report.failure = error
    }
  }

  private static func setAside(
    _ range: Range<Int>, of segment: JournalSegment, _ scanner: inout FrameScanner, _ report: inout RecoveryReport
  ) {
    report.damagedMiddleBytes += range.count
    report.damagedStretches += 1
    do throws(SystemError) {
      let directory = segment.directory + "/" + JournalNames.damagedDirectory
      try FileSystem.createDirectories(directory)
      let path =
        directory + "/"
        + JournalNames.damagedFile(lane: segment.lane, segment: segment.number, offset: range.lowerBound)
      // Written over when it exists: an earlier copy may have been interrupted.
      let file = try File(path, .readWrite)
      var offset = range.lowerBound
      while offset < range.upperBound {
        let end = min(range.upperBound, offset + 1 << 20)
        try file.write(all: try scanner.bytes(offset..<end), at: offset - range.lowerBound)
        offset = end
      }
      try file.truncate(to: range.count)
      try file.synchronizeData()
      try FileSystem.synchronizeDirectory(directory)
      report.quarantineFiles.append(path)
    } catch {
      report.failure = error
    }
  }
}
