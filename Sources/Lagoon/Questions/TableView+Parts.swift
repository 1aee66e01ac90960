import Primitives
import Telemetry

extension TableView {
  /// Tables as they stand on disk, with their rollups where they belong.
  ///
  /// - Parameter names: only those; nil for all.
  public static func views(of states: [TableState], only names: Set<TableName>? = nil) -> [TableName: TableView] {
    let rollups = rollupParts(states, of: names)
    var shown: [TableName: TableView] = [:]
    for state in states where names?.contains(state.name) ?? true {
      var view = TableView(
        name: state.name, fields: state.fieldSummaries, parts: state.parts.map { part($0, state, rollups) })
      view.version = state.version
      view.tags = state.schema.columns.filter { $0.role == .tag }.map(\.wireName)
      shown[state.name] = view
    }
    return shown
  }

  /// Rollup parts that outlived their readings.
  public static func standaloneRollups(_ states: [TableState]) -> [StoredStep: [QueryPart]] {
    var live: Set<String>?
    var found: [StoredStep: [QueryPart]] = [:]
    for state in states {
      guard case .rollups(let step) = state.name else { continue }
      for rollup in state.parts where rollup.outlivesSource {
        let sources =
          live ?? Set(states.flatMap { state in state.parts.map { state.name.directoryName + "/" + $0.path } })
        live = sources
        if let source = rollup.source, sources.contains(source) { continue }
        found[step, default: []].append(part(rollup, state, [:]))
      }
    }
    return found
  }

  /// Paths of rollup parts by the part that they sum up.
  private static func rollupParts(
    _ states: [TableState], of names: Set<TableName>?
  ) -> [String: [StoredStep: String]] {
    var found: [String: [StoredStep: String]] = [:]
    // A question of one table keeps the parts of that one alone.
    let folders = names.map { Set($0.map(\.directoryName)) }
    for state in states {
      guard case .rollups(let step) = state.name else { continue }
      for part in state.parts {
        guard let source = part.source, !part.outlivesSource else { continue }
        if let folders, !folders.contains(where: { source.isPart(of: $0) }) { continue }
        found[source, default: [:]][step] = part.path
      }
    }
    return found
  }

  /// Parts that others committed may hold any time: the nearest that can be said stands for it.
  private static func nanos(_ time: Int64, _ state: TableState) -> UnixNanos {
    let (nanos, overflow) = time.multipliedReportingOverflow(by: state.precision.unitNanos)
    return overflow ? (time < 0 ? .min : .max) : nanos
  }

  private static func part(
    _ part: Part, _ state: TableState, _ rollups: [String: [StoredStep: String]]
  ) -> QueryPart {
    var shown = QueryPart(
      path: part.path, rowCount: part.rowCount, oldest: nanos(part.oldestTime, state),
      newest: nanos(part.newestTime, state),
      rollups: rollups[state.name.directoryName + "/" + part.path] ?? [:])
    if !part.lastDevice.isEmpty && part.firstDevice <= part.lastDevice {
      shown.devices = part.firstDevice...part.lastDevice
    }
    if part.modifiedMillis > 0 { shown.writtenMillis = part.modifiedMillis }
    return shown
  }
}

extension String {
  /// Whether a part's `<table folder>/<path>` is of that folder.
  fileprivate func isPart(of folder: String) -> Bool {
    let (own, wanted) = (utf8, folder.utf8)
    guard own.count > wanted.count, own.starts(with: wanted) else { return false }
    return own[own.index(own.startIndex, offsetBy: wanted.count)] == UInt8(ascii: "/")
  }
}
