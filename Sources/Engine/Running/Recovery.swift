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
  public var damagedBytes = 0
  public var quarantineFiles: [String] = []
  /// Segments that could not be read this time; they stay where they are.
  public var unreadable: [String] = []
}

/// Takes what the journals hold and the parts do not into the tables, before the first datagram.
///
/// All segments found become one generation, so that the next seal takes them together.
struct Recovery {
  var journalDirectory: String
  var node: String
  var tables: UnsealedTables

  /// What came of the segments found.
  struct Outcome {
    var summary = RecoverySummary()
    var lanes: Set<Int> = []
    /// Paths of segments that must stay.
    var kept: Set<String> = []
    /// The newest segment's number, under which all rows were applied; 0 if there was none.
    var newestSegment: UInt64 = 0
  }

  func run() throws -> Outcome {
    let segments = try JournalRecovery.segments(directory: journalDirectory)
    var outcome = Outcome()
    outcome.newestSegment = segments.map(\.number).max() ?? 0
    for segment in segments.sorted(by: { ($0.number, $0.lane) < ($1.number, $1.lane) }) {
      outcome.summary.segments += 1
      outcome.lanes.insert(segment.lane)
      if try !recover(segment, generation: outcome.newestSegment, &outcome.summary) {
        outcome.kept.insert(segment.path)
      }
    }
    return outcome
  }

  /// False if the segment must stay: it could not be read, or another version wrote it.
  private func recover(
    _ segment: JournalSegment, generation: UInt64, _ summary: inout RecoverySummary
  ) throws -> Bool {
    let options = UnsealedTables.ApplyOptions(
      lane: Committer.application(node: node, lane: segment.lane), segment: segment.number, generation: generation,
      byteLimit: nil, isRecovery: true)
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
    summary.quarantineFiles += report.quarantineFiles
    summary.rows += applier.counts.reduce(0) { $0 + $1.stored }
    summary.duplicates += applier.counts.reduce(0) { $0 + $1.duplicate }
    if !report.mayBeRemoved || report.unreadableBytes > 0 {
      summary.unreadable.append("\(segment.path): \(report.failure.map { "\($0)" } ?? "written by another version")")
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

  /// A frame of a segment in which an earlier one was lost may speak of series that were defined there: its rows are
  /// shed by the tables, and the damage is in the report.
  func apply(_ payload: UnsafeRawBufferPointer) {
    _ = tables.apply(payload, with: &applier, options: options, counts: &counts)
  }
}
