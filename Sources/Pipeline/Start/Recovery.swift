import Journal
import Lagoon
import Primitives
import Sys
import Telemetry

/// What recovery found and did. Shown once at start and in the metrics.
public struct RecoverySummary: Sendable {
  public var segments = 0
  public var frames = 0
  public var rows: UInt64 = 0
  public var duplicates: UInt64 = 0
  public var tornTailBytes = 0
  /// Frames that are missing by their number, or could not be used whole.
  public var lostFrames: UInt64 = 0
  /// Rows of frames that are whole, whose series nothing defines any more.
  public var unresolvedRows: UInt64 = 0
  public var damagedBytes = 0
  public var quarantineFiles: [String] = []
  /// Segments that could not be read this time; they stay where they are.
  public var unreadable: [String] = []
}

/// How far the recovery of the journal has come.
public struct RecoveryProgress: Hashable, Sendable, CustomStringConvertible {
  public var segmentCount: Int
  public var byteCount: Int
  public var segmentsRead = 0
  public var bytesRead = 0
  public var rows: UInt64 = 0

  public init(segmentCount: Int, byteCount: Int) {
    self.segmentCount = segmentCount
    self.byteCount = byteCount
  }

  /// `recovering the journal: 3 of 12 segments, 190 of 768 MiB, 1204331 rows`
  public var description: String {
    "recovering the journal: \(segmentsRead) of \(segmentCount) segments, \(bytesRead >> 20) of \(byteCount >> 20) MiB, "
      + "\(rows) rows"
  }
}

/// Takes what the journals hold and the parts do not into the tables, before the first datagram.
///
/// All segments found become one generation, so that the next seal takes them together. It is newer than any segment
/// that a table has, since a segment that could not be read before may be an old one.
struct Recovery {
  var journalDirectory: String
  var node: String
  var tables: UnsealedTables
  /// The newest segment that is in any table.
  var newestSealed: UInt64
  /// Told before a segment, where that much time has gone by since the last one, or the start.
  var tell: (@Sendable (RecoveryProgress) -> Void)?
  var tellIntervalNanos = 2 * Nanos.perSecond

  /// What came of the segments found.
  struct Outcome {
    var summary = RecoverySummary()
    var lanes: Set<Int> = []
    /// Paths of segments that must stay.
    var kept: Set<String> = []
    /// Those segments, as the tables name them: their rows are not among what is sealed next.
    var left: [LaneTransaction] = []
    /// The segments that were read.
    var taken: [LaneTransaction] = []
    /// The number under which all rows were applied; 0 if there was no segment.
    var generation: UInt64 = 0
  }

  func run() throws -> Outcome {
    let segments = try JournalRecovery.segments(directory: journalDirectory)
    var outcome = Outcome()
    if segments.isEmpty { return outcome }
    outcome.generation = max(segments.map(\.number).max() ?? 0, newestSealed) + 1
    let bytes = segments.map { (try? FileSystem.status($0.path))??.byteCount ?? 0 }
    var progress = RecoveryProgress(segmentCount: segments.count, byteCount: bytes.reduce(0, +))
    var told = Clock.monotonicNanos()
    let inOrder = zip(segments, bytes).sorted { ($0.0.number, $0.0.lane) < ($1.0.number, $1.0.lane) }
    for (segment, byteCount) in inOrder {
      if Clock.monotonicNanos() - told >= tellIntervalNanos {
        told = Clock.monotonicNanos()
        tell?(progress)
      }
      defer {
        progress.segmentsRead += 1
        progress.bytesRead += byteCount
        progress.rows = outcome.summary.rows
      }
      outcome.summary.segments += 1
      outcome.lanes.insert(segment.lane)
      let transaction = LaneTransaction(
        lane: Committer.application(node: node, lane: segment.lane), segment: segment.number)
      if try recover(segment, as: transaction, generation: outcome.generation, &outcome.summary) {
        outcome.taken.append(transaction)
      } else {
        outcome.kept.insert(segment.path)
        outcome.left.append(transaction)
      }
    }
    for counts in tables.settleLateRows(faults: nil, listenerCount: 1) ?? [] {
      outcome.summary.rows += counts.stored
      outcome.summary.duplicates += counts.duplicate
    }
    return outcome
  }

  /// False if the segment must stay: it could not be read, or not all of it, or another version wrote it.
  private func recover(
    _ segment: JournalSegment, as transaction: LaneTransaction, generation: UInt64, _ summary: inout RecoverySummary
  ) throws -> Bool {
    let options = UnsealedTables.ApplyOptions(
      lane: transaction.lane, segment: segment.number, generation: generation, isRecovery: true)
    let applier = SegmentApplier(tables: tables, options: options)
    let report: RecoveryReport
    do {
      report = try JournalRecovery.replay(segment) { payload, _ in applier.apply(payload) }
    } catch let error as SystemError {
      summary.unreadable.append("\(segment.path): \(error)")
      return false
    }
    summary.frames += report.framesRead
    summary.tornTailBytes += report.tornTailBytes
    summary.damagedBytes += report.damagedMiddleBytes
    // A frame's number that damage raised to the last one is a loss without end.
    for lost in [report.missingFrames, UInt64(report.unusedFrames)] {
      let (sum, isBeyond) = summary.lostFrames.addingReportingOverflow(lost)
      summary.lostFrames = isBeyond ? .max : sum
    }
    summary.unresolvedRows += applier.unresolvedRows
    summary.quarantineFiles += report.quarantineFiles
    summary.rows += applier.counts.reduce(0) { $0 + $1.stored }
    summary.duplicates += applier.counts.reduce(0) { $0 + $1.duplicate }
    if !report.mayBeRemoved {
      let cause =
        report.failure.map { "\($0)" }
        ?? (report.unreadableBytes > 0 ? "\(report.unreadableBytes) bytes cannot be read" : "another version wrote it")
      summary.unreadable.append("\(segment.path): \(cause)")
      return false
    }
    return true
  }
}

/// Applies one segment's frames, in order.
private final class SegmentApplier {
  private let tables: UnsealedTables
  private let options: UnsealedTables.ApplyOptions
  private var applier = BatchApplier()
  private(set) var counts = [LedgerCounts](repeating: LedgerCounts(), count: Int(UInt8.max))

  init(tables: UnsealedTables, options: UnsealedTables.ApplyOptions) {
    self.tables = tables
    self.options = options
  }

  /// Rows whose series nothing defines: both frames that did were lost.
  var unresolvedRows: UInt64 { applier.unresolvedRows }

  /// False if not all of the frame could be used: it refers to what was defined in frames that are lost.
  func apply(_ payload: UnsafeRawBufferPointer) -> Bool {
    let before = applier.unresolvedRows
    let isWhole = tables.apply(payload, with: &applier, options: options, counts: &counts)
    return isWhole && applier.unresolvedRows == before
  }
}
