import Synchronization

extension Catalogue {
  /// What is damaged, was set aside or cannot be read, a sentence each: the rest works.
  public var warnings: [String] {
    let (failures, notes, faults, tables, change) = state.withLock { state in
      (state.failures, state.startNotes, state.commitFaults, state.tables, state.evolution.last)
    }
    var warnings = failures.values.sorted() + faults.values.sorted() + notes
    for table in tables.values.sorted(by: { $0.folder < $1.folder }) {
      for part in table.strangers {
        let note =
          "cannot read part \(part.path) of table \(table.name.displayName), which another program added:"
          + " \(part.unreadable ?? "")"
        if !warnings.contains(note) { warnings.append(note) }
      }
    }
    if let change { warnings.append(change) }
    if let failure = records.failure { warnings.append(failure) }
    if let pause = clock.withLock({ $0.pause }) { warnings.append(pause) }
    return warnings
  }
}
