import Primitives

/// A table as it becomes, action by action. Adding and removing a part takes the same time whatever their number.
struct DeltaReplay {
  private var table: TableState
  private var parts: [Part?] = []
  private var places: [String: Int] = [:]

  init(_ name: TableName, folder: String) {
    table = TableState(name: name, precision: .milliseconds)
    table.folder = folder
  }

  /// A state to which later commits are applied.
  init(_ table: TableState) {
    self.table = table
    for part in table.parts { add(part) }
    for part in table.strangers { add(part) }
    self.table.parts = []
    self.table.strangers = []
  }

  /// The version that was applied last; -1 for none.
  var version: Int64 {
    get { table.version }
    set { table.version = newValue }
  }

  /// What the newest commit's bytes are known by.
  var newestCommit: Fingerprint? {
    get { table.newestCommit }
    set { table.newestCommit = newValue }
  }

  /// The table with the parts that are live.
  var state: TableState {
    var state = table
    state.parts = []
    for part in parts {
      guard let part else { continue }
      if part.unreadable == nil { state.parts.append(part) } else { state.strangers.append(part) }
    }
    return state
  }

  /// Actions of the protocol that say nothing of what is live.
  private static let silent: Set<String> = ["commitInfo", "cdc", "checkpointMetadata"]

  /// Actions that say what a table asks of who reads and writes it.
  private static let ruling = ["protocol", "metaData", "domainMetadata"]

  /// Applies the lines of one commit.
  ///
  /// - Parameter author: nil if it is ours.
  mutating func apply(_ lines: [JSONValue], by author: ForeignCommit?) throws(LagoonError) {
    for line in lines {
      try apply(line)
      if Self.ruling.contains(where: { line[$0] ?? .null != .null }) { table.ruledBy = author }
    }
    if let author { table.newestForeign = author }
  }

  /// Applies one line of a commit. What the protocol does not know is damage: it could have been anything.
  mutating func apply(_ line: JSONValue) throws(LagoonError) {
    guard case .object(let members) = line else { throw LagoonError("its Delta log has a line that is no action") }
    for member in members where member.value != .null { try apply(member.name, member.value) }
  }

  private mutating func apply(_ name: String, _ value: JSONValue) throws(LagoonError) {
    switch name {
    case "metaData": try DeltaSchema.read(value, into: &table)
    case "add": add(try DeltaAction.part(value))
    case "remove":
      guard let path = value["path"]?.text else { throw LagoonError("its Delta log has a remove without a path") }
      let decoded = DeltaPath.decode(path)
      if let place = places.removeValue(forKey: decoded) { parts[place] = nil }
    case "txn":
      guard let application = value["appId"]?.text, let version = value["version"]?.integer else {
        throw LagoonError("its Delta log has a txn without an application or version")
      }
      table.segments[application] = UInt64(clamping: version)
    case "protocol":
      if let refusal = DeltaProtocol.readRefusal(value) { throw LagoonError(refusal) }
      table.protocolLine = value
    case "domainMetadata": table.hasDomains = true
    case _ where Self.silent.contains(name): break
    default: throw LagoonError("its Delta log has an unknown action \(name)")
    }
  }

  private mutating func add(_ part: Part) {
    if let known = places[part.path] { parts[known] = nil }
    places[part.path] = parts.count
    parts.append(part)
  }
}
