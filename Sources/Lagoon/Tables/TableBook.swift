import Synchronization

/// Which tables there are and what each of them holds, as readers see it: the newest version that is known, in memory.
///
/// Readers take a table's state, which never changes. Versions only go up, in whatever order those come who bring them.
final class TableBook: Sendable {
  struct State: Sendable {
    var tables: [TableName: TableState] = [:]
    /// Raised by each change of any table.
    var dataVersion: UInt64 = 0
    /// Tables that the start could not prove, and why.
    var failures: [TableName: String] = [:]
    /// What else the start found: parts that are missing, or that no version names.
    var startNotes: [String] = []
    /// Tables to which nothing can be committed now, and why: they are served from memory.
    var commitFaults: [TableName: String] = [:]
  }

  private let state: Mutex<State>

  init(_ state: State) {
    self.state = Mutex(state)
  }

  /// A table as it stands; nil if it has no version yet.
  func table(_ name: TableName) -> TableState? { state.withLock { $0.tables[name] } }

  /// Every table that has a version, at one moment.
  var tables: [TableState] { state.withLock { Array($0.tables.values) } }

  var dataVersion: UInt64 { state.withLock { $0.dataVersion } }

  var failures: [TableName: String] { state.withLock { $0.failures } }

  func failure(of name: TableName) -> String? { state.withLock { $0.failures[name] } }

  func commitFault(of name: TableName) -> String? { state.withLock { $0.commitFaults[name] } }

  func setCommitFault(_ fault: String?, of name: TableName) { state.withLock { $0.commitFaults[name] = fault } }

  /// Shows a version of a table to readers, unless they see a newer one; what they saw until now. Only a version that is
  /// in the table's log may be shown.
  func show(_ table: TableState) -> (isNewest: Bool, before: TableState?) {
    state.withLock { state in
      let before = state.tables[table.name]
      if let before, before.version >= table.version { return (false, before) }
      state.tables[table.name] = table
      state.dataVersion += 1
      return (true, before)
    }
  }

  /// What is wrong, a sentence each: the rest works.
  var warnings: [String] {
    let state = state.withLock { $0 }
    var warnings = state.failures.values.sorted() + state.commitFaults.values.sorted() + state.startNotes
    for table in state.tables.values.sorted(by: { $0.folder < $1.folder }) {
      for part in table.strangers {
        let note = Self.note(stranger: part, of: table.name)
        if !warnings.contains(note) { warnings.append(note) }
      }
    }
    return warnings
  }

  static func note(stranger part: Part, of table: TableName) -> String {
    "cannot read part \(part.path) of table \(table.displayName), which another program added: \(part.unreadable ?? "")"
  }
}
