import Primitives
import Text

/// Commits changes to tables, each as the next version of its Delta log, and shows them to readers.
///
/// Nothing is locked meanwhile, whoever else commits: a thread of ours or another program. Of two who make the same
/// version the log takes one; the other one reads what came, puts its change upon that, and tries the next version.
///
/// ```
///        ┌──────────── read on, show it ◀──────────┐
///        ▼                                         │
///     rebase ──▶ put the next version ──▶ exists ──┤
///        │                          │              │
///        │                          └──▶ unknown ──┘  it may have landed: the change itself tells
///        ├──▶ landed                └──▶ done
///        └──▶ overtaken: made anew by who wanted it, from the table as it stands
/// ```
final class TableCommitter: Sendable {
  /// How often a commit is tried against others who commit too. Each that fails is another one's success: of 64 threads that
  /// seal, all commit to one table of rollups.
  private static let attempts = 128
  /// How often one is tried of which nobody knows whether it landed.
  private static let doubtfulAttempts = 3

  private let book: TableBook
  private let records: VersionRecords
  private let time: BelievedTime
  private let compatible: CompatibleTables
  private let retired: RetiredParts
  private let parts: any PartSite
  private let log: @Sendable (TableName) -> DeltaLog

  init(
    book: TableBook, records: VersionRecords, time: BelievedTime, compatible: CompatibleTables, retired: RetiredParts,
    parts: any PartSite, log: @escaping @Sendable (TableName) -> DeltaLog
  ) {
    self.book = book
    self.records = records
    self.time = time
    self.compatible = compatible
    self.retired = retired
    self.parts = parts
    self.log = log
  }

  /// What became of a change.
  enum Outcome: Hashable {
    case committed
    /// Its rows are in the table already, in other parts: those of the change are not needed.
    case superseded
  }

  /// Commits a change.
  ///
  /// - Throws: a `LagoonError` that `isOvertaken` if the table has become another one than the change was made for, that
  ///   `mayBeCommitted` if nobody knows; else nothing is committed.
  @discardableResult
  func commit(_ change: TableChange, to name: TableName) throws(LagoonError) -> Outcome {
    var doubt: LagoonError?
    var doubts = 0
    do throws(LagoonError) {
      for _ in 0..<Self.attempts {
        let current = try proved(name)
        let rebased = try change.rebased(
          on: current, name, isCompatible: compatible.holds(name, among: book.tables), nowMillis: time.stampMillis())
        switch rebased {
        case .landed:
          retired.note(change.removed, of: name)
          return .committed
        case .superseded: return .superseded
        case .next(let next, let lines):
          try requireFiles(change.added, of: name)
          switch try put(next, lines, change) {
          case .done: return .committed
          case .conflict: continue
          case .unknown(let cause):
            doubt = cause
            doubts += 1
            if doubts == Self.doubtfulAttempts { throw cause }
          }
        }
      }
      throw LagoonError("cannot commit table \(name.displayName): other writers were always first")
    } catch {
      guard doubt != nil else { throw error }
      var failure = error
      failure.mayBeCommitted = true
      throw failure
    }
  }

  /// Another program's vacuum takes files that are in no version yet.
  private func requireFiles(_ added: [Part], of name: TableName) throws(LagoonError) {
    for part in added where !parts.has(part, of: name) {
      throw LagoonError("cannot commit table \(name.displayName): its new part \(part.path) is missing")
    }
  }

  private func put(
    _ next: TableState, _ lines: [JSONValue], _ change: TableChange
  ) throws(LagoonError) -> DeltaLog.CommitResult {
    let log = log(next.name)
    let bytes = DeltaLog.bytes(
      lines, operation: change.dataChange ? "WRITE" : "OPTIMIZE", nowMillis: time.stampMillis())
    let result = try log.commit(bytes, version: next.version)
    if result != .done { return result }
    var next = next
    next.newestCommit = Fingerprint(bytes)
    note(next)
    if next.version > 0 && next.version % DeltaLog.commitsPerCheckpoint == 0 {
      // Only a shorter way to what the commits say: one that fails is made up for by the next.
      try? log.writeCheckpoint(next)
    }
    _ = book.show(next)
    retired.note(change.removed, of: next.name)
    parts.forget(change.removed, of: next.name)
    return .done
  }

  /// The table as it stands, with what others have committed; throws where its log is not what memory knows, or may not
  /// be written to.
  private func proved(_ name: TableName) throws(LagoonError) -> TableState? {
    if let failure = book.failure(of: name) { throw LagoonError(failure) }
    let log = log(name)
    do throws(LagoonError) {
      let known = book.table(name)
      var found: TableState?
      if let known {
        found = try log.following(known)
      } else {
        // Others may have made one, or we, and could not make it durable.
        found = try log.load(name)
        if found != nil { try log.settle() }
      }
      if var found, found.version != known?.version {
        parts.resolveStrangers(of: &found)
        show(found)
      }
      found = book.table(name)
      if let refusal = found?.writeRefusal { throw LagoonError(refusal) }
      book.setCommitFault(nil, of: name)
      return found
    } catch {
      let failure = LagoonError("cannot write table \(name.displayName): \(error)", isOutOfSpace: error.isOutOfSpace)
      book.setCommitFault(failure.description, of: name)
      throw failure
    }
  }

  /// Reads what other programs committed to a table. What keeps it from being read is named until it can be.
  func refresh(_ name: TableName) throws(LagoonError) { _ = try proved(name) }

  /// What others made of a table becomes what readers see.
  private func show(_ found: TableState) {
    let (isNewest, before) = book.show(found)
    if !isNewest { return }
    note(found)
    let live = Set(found.parts.map(\.path))
    parts.forget(before?.parts.filter { !live.contains($0.path) } ?? [], of: found.name)
  }

  /// Records a version where a log that lost it can be told by.
  private func note(_ table: TableState) {
    guard let commit = table.newestCommit else { return }
    // A loss of power may take later records: then an older one is known, which still tells of a log that is missing.
    records.note(
      table.folder, VersionRecords.Known(version: table.version, commit: commit), isDurable: table.version == 0)
  }
}
