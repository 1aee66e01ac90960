import Primitives

/// A table as it becomes, action by action. Adding and removing a part takes the same time whatever their number.
struct DeltaReplay {
  private var table: TableState
  private var parts: [Part?] = []
  private var places: [String: Int] = [:]

  init(_ name: TableName) {
    table = TableState(name: name, precision: .milliseconds)
  }

  /// A checkpoint's state, to which later commits are applied.
  init(_ table: TableState) {
    self.table = table
    for part in table.parts { add(part) }
    self.table.parts = []
  }

  /// The version that was applied last; -1 for none.
  var version: Int64 {
    get { table.version }
    set { table.version = newValue }
  }

  /// The table with the parts that are live.
  var state: TableState {
    var state = table
    state.parts = parts.compactMap { $0 }
    return state
  }

  /// Applies one line of a commit; what it does not know it leaves alone.
  mutating func apply(_ line: JSONValue) throws(LagoonError) {
    if let metaData = line["metaData"] { try DeltaSchema.read(metaData, into: &table) }
    if let add = line["add"] { self.add(try DeltaAction.part(add)) }
    if let path = line["remove"]?["path"]?.text, let place = places.removeValue(forKey: DeltaPath.decode(path)) {
      parts[place] = nil
    }
    if let transaction = line["txn"], let application = transaction["appId"]?.text,
      let version = transaction["version"]?.integer
    {
      table.segments[application] = UInt64(clamping: version)
    }
    if let reader = line["protocol"]?["minReaderVersion"]?.integer, reader > 1 {
      throw LagoonError("its Delta log needs reader version \(reader)")
    }
  }

  private mutating func add(_ part: Part) {
    if let known = places[part.path] { parts[known] = nil }
    places[part.path] = parts.count
    parts.append(part)
  }
}
