public import Sys

/// What a replay found.
public struct RecoveryReport: Equatable, Sendable {
  /// Whole frames, each given to the caller once.
  public var framesRead = 0
  /// Payload bytes of those frames.
  public var bytesRead = 0
  /// Bytes behind the last whole frame, cut off: what a crash left unfinished, and nobody was told was kept.
  public var tornTailBytes = 0
  /// Bytes that are no frame although something whole follows, or although they are no journal's at all.
  public var damagedMiddleBytes = 0
  /// How many stretches those bytes form.
  public var damagedStretches = 0
  /// Frames that are missing by their sequence.
  public var missingFrames: UInt64 = 0
  /// Whole frames of which something could not be used: what they refer to was lost. Their bytes are among the damaged.
  public var unusedFrames = 0
  /// Bytes that the disk did not give (EIO); they are among the damaged or the torn ones, and nothing was cut off.
  public var unreadableBytes = 0
  /// Segments whose file header is damaged.
  public var damagedHeaders = 0
  /// Segments that a newer version wrote; left as they are and not read.
  public var unknownVersions = 0
  /// Where the damaged bytes are kept.
  public var quarantineFiles: [String] = []
  /// Why damaged bytes could not be set aside or a tail not be cut off: the last such cause. Every whole frame was read
  /// all the same.
  public var failure: SystemError?

  /// Nothing found yet.
  public init() {}

  /// Whether the segment may be removed once its frames are stored elsewhere. If not, the file holds what exists
  /// nowhere else: `JournalRecovery.setAside` keeps it out of later replays.
  public var mayBeRemoved: Bool { failure == nil && unknownVersions == 0 && unreadableBytes == 0 }

  /// Adds what another segment's replay found.
  public static func += (sum: inout RecoveryReport, other: RecoveryReport) {
    sum.framesRead += other.framesRead
    sum.bytesRead += other.bytesRead
    sum.tornTailBytes += other.tornTailBytes
    sum.damagedMiddleBytes += other.damagedMiddleBytes
    sum.damagedStretches += other.damagedStretches
    // A number that jumps to the last one, as damage may have it, is a loss without end.
    let (missing, isBeyond) = sum.missingFrames.addingReportingOverflow(other.missingFrames)
    sum.missingFrames = isBeyond ? .max : missing
    sum.unusedFrames += other.unusedFrames
    sum.unreadableBytes += other.unreadableBytes
    sum.damagedHeaders += other.damagedHeaders
    sum.unknownVersions += other.unknownVersions
    sum.quarantineFiles += other.quarantineFiles
    sum.failure = other.failure ?? sum.failure
  }
}
