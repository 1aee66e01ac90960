import Primitives
import Sys
import Text

/// A table's Delta log, in a store.
///
/// ```
/// _delta_log/00000000000000000000.json    protocol, metaData, add …, txn …: one action a line
/// _delta_log/00000000000000000001.json    add …, remove …, txn …, metaData when columns were added
/// ```
struct DeltaLog: Sendable {
  let store: any Store
  /// The name of the table's folder.
  let folder: String

  init(store: any Store, folder: String) {
    self.store = store
    self.folder = folder
  }

  /// The log in a table's folder.
  ///
  /// - Parameter folder: another one than Delta's, for a log that is being made.
  init(tableDirectory: String, folder: String = LagoonNames.deltaLog) {
    self.init(
      store: LocalStore(folder: tableDirectory + "/" + folder),
      folder: tableDirectory.split(separator: "/").last.map(String.init) ?? "")
  }

  /// Where it stands, for messages.
  var label: String { store.label }

  /// Where a commit stands, for messages.
  func label(_ version: Int64) -> String { store.label(LagoonNames.commit(version)) }

  /// The versions of which there is a commit, in order.
  func versions() throws(LagoonError) -> [Int64] {
    try names().compactMap(LagoonNames.version(ofCommit:)).sorted()
  }

  func names() throws(LagoonError) -> [String] {
    do throws(StoreError) { return try store.list() } catch { throw LagoonError("read", label, error) }
  }

  /// A commit's bytes; nil if there is none.
  func commit(_ version: Int64) throws(LagoonError) -> [UInt8]? {
    do throws(StoreError) { return try store.get(LagoonNames.commit(version)) } catch {
      throw LagoonError("read", label(version), error)
    }
  }

  /// A commit's bytes.
  func bytes(_ version: Int64) throws(LagoonError) -> [UInt8] {
    guard let bytes = try commit(version) else { throw LagoonError("cannot read \(label(version)): it is missing") }
    return bytes
  }

  // MARK: reading

  /// Reads the newest checkpoint that can be read, and every version after it in order; nil if there is nothing.
  func load(_ name: TableName) throws(LagoonError) -> TableState? {
    let names = try names()
    let versions = names.compactMap(LagoonNames.version(ofCommit:)).sorted()
    let checkpoints = names.compactMap(LagoonNames.version(ofCheckpoint:)).sorted(by: >)
    if versions.isEmpty && checkpoints.isEmpty { return nil }
    var damage: LagoonError?
    for checkpoint in checkpoints {
      do throws(LagoonError) {
        var replay = DeltaReplay(try readCheckpoint(checkpoint, name))
        if versions.last == checkpoint { replay.newestCommit = try? Fingerprint(bytes(checkpoint)) }
        try apply(versions.filter { $0 > checkpoint }, to: &replay)
        return replay.state
      } catch {
        // An older one, or the commits themselves, may still tell all.
        damage = damage ?? error
      }
    }
    if let damage, versions.first != 0 { throw damage }
    var replay = DeltaReplay(name, folder: folder)
    try apply(versions, to: &replay)
    return replay.state
  }

  private func apply(_ versions: [Int64], to replay: inout DeltaReplay) throws(LagoonError) {
    for version in versions {
      guard version == replay.version + 1 else {
        throw LagoonError("version \(replay.version + 1) of its Delta log is missing")
      }
      try apply(bytes(version), of: version, to: &replay)
    }
  }

  /// Applies the next version.
  private func apply(_ bytes: [UInt8], of version: Int64, to replay: inout DeltaReplay) throws(LagoonError) {
    let lines = try Self.lines(bytes, label: label(version))
    let author = ForeignCommit(version: version, lines)
    do throws(LagoonError) { try replay.apply(lines, by: author) } catch {
      let origin = author.map { " (\($0))" } ?? ""
      throw LagoonError("cannot read \(label(version)): \(error)\(origin)")
    }
    replay.newestCommit = Fingerprint(bytes)
    replay.version = version
  }

  /// The table with what others committed since, if its newest version is still what it was.
  ///
  /// Throws where the log is no longer what memory knows: then nothing may be built on it.
  func following(_ table: TableState) throws(LagoonError) -> TableState {
    if let known = table.newestCommit {
      if let found = try commit(table.version) {
        if Fingerprint(found) != known {
          throw LagoonError("\(label(table.version)) is damaged: it is another commit than was written")
        }
      } else if !((try? checkpoints()) ?? []).contains(where: { $0 >= table.version }) {
        // Cleaned up by another program a checkpoint would make up for it.
        throw LagoonError("cannot read \(label(table.version)): it is missing")
      }
    }
    guard var next = try commit(table.version + 1) else { return table }
    var replay = DeltaReplay(table)
    while true {
      try apply(next, of: replay.version + 1, to: &replay)
      guard let more = try commit(replay.version + 1) else { break }
      next = more
    }
    try settle()
    return replay.state
  }

  /// Makes durable what was found: what is built on it must not outlast it.
  func settle() throws(LagoonError) {
    do throws(StoreError) { try store.settle() } catch { throw LagoonError("write", label, error) }
  }

  /// The actions of a commit. One that is empty, or of which lines were lost, is damaged.
  static func lines(_ bytes: [UInt8], label: String) throws(LagoonError) -> [JSONValue] {
    var actions: [JSONValue] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    for line in lines {
      do throws(JSONReader.Flaw) { actions.append(try JSONReader.read(Array(line))) } catch {
        throw LagoonError("cannot read \(label): it is damaged: \(error)")
      }
    }
    if actions.isEmpty { throw LagoonError("cannot read \(label): it is damaged: it is empty") }
    guard let text = actions[0]["commitInfo"]?[DeltaAction.checkKey]?.text else { return actions }
    if Fingerprint(text) != Fingerprint(bytes[min(bytes.count, lines[0].endIndex + 1)...]) {
      throw LagoonError("cannot read \(label): it is damaged: its lines are others than were written")
    }
    return actions
  }

  // MARK: writing

  /// A commit's bytes: what it says of itself first, then its actions.
  static func bytes(_ actions: [JSONValue], operation: String, nowMillis: Int64) -> [UInt8] {
    var rest: [UInt8] = []
    for action in actions {
      action.append(to: &rest)
      rest.append(UInt8(ascii: "\n"))
    }
    var bytes: [UInt8] = []
    DeltaAction.commitInfo(operation: operation, check: Fingerprint(rest), nowMillis: nowMillis).append(to: &bytes)
    return bytes + [UInt8(ascii: "\n")] + rest
  }

  /// What became of a commit that was tried.
  enum CommitResult: Hashable {
    case done
    /// Something has that version already.
    case conflict
    /// It may be there, may come to be there, and may not outlast a loss of power.
    case unknown(LagoonError)
  }

  /// Makes a version of those bytes. Throws, with nothing changed, if it cannot be written.
  func commit(_ bytes: [UInt8], version: Int64) throws(LagoonError) -> CommitResult {
    do throws(StoreError) {
      // The log of a table that has versions is never made anew: it would be another one.
      if version == 0 { try store.create() }
      switch try store.put(bytes, as: LagoonNames.commit(version)) {
      case .done: return .done
      case .exists: return .conflict
      case .unknown(let cause): return .unknown(LagoonError("commit", label, cause))
      }
    } catch {
      throw LagoonError("commit", label, error)
    }
  }
}
