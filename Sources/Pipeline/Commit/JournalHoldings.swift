import Journal
import Synchronization
import Sys

/// What the journal holds: its segments, and the bytes of each that are durable. Kept as it changes, so that who asks waits
/// for no disk.
final class JournalHoldings: Sendable {
  private let bytes = Mutex<[JournalSegment: Int]>([:])

  init() {}

  /// What there is at the start.
  init(directory: String) throws(SystemError) {
    for segment in try JournalRecovery.segments(directory: directory) {
      note(segment, byteCount: try FileSystem.status(segment.path)?.byteCount ?? 0)
    }
  }

  var total: (segments: Int, bytes: Int) { bytes.withLock { ($0.count, $0.values.reduce(0, +)) } }

  func note(_ segment: JournalSegment, byteCount: Int) { bytes.withLock { $0[segment] = byteCount } }
  func remove(_ segment: JournalSegment) { bytes.withLock { $0[segment] = nil } }
}
