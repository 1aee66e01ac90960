import Primitives
import Synchronization
import Telemetry

/// Whether a device, or a kind of event, was ever stored: what tells a name that nothing knows from one of which there is
/// nothing to say. It is asked for names only that an answer holds nothing of.
///
/// Each part is looked at once for the kinds, and once for a device that was asked for lately.
public final class StoredNames: Sendable {
  private let state = Mutex(State())

  private struct State {
    var devices: Set<String> = []
    /// Of devices that were not found: the parts that do not have them.
    var absent: [String: Set<PartKey>] = [:]
    var kinds: Set<String> = []
    var kindParts: Set<String> = []
  }

  private struct PartKey: Hashable {
    var table: TableName
    var path: String
  }

  private static let absentAtMost = 32

  public init() {}

  /// Whether anything of a device was stored that is still there.
  ///
  /// - Throws: what the reader throws, other than of what is damaged: that tells of nobody.
  public func hasDevice(_ id: String, in view: LagoonView) throws -> Bool {
    if state.withLock({ $0.devices.contains(id) }) { return true }
    let tables = view.tables.values.filter { Self.holdsRows($0.name) }
    let isHere = try tables.contains { try Self.isUnsealed(id, in: $0, view.probe) }
    if try isHere || isInParts(id, of: tables, view) {
      state.withLock { state in
        if state.devices.count >= Limits.storedNames { state.devices = [] }
        state.devices.insert(id)
        state.absent[id] = nil
      }
      return true
    }
    return false
  }

  private static func holdsRows(_ name: TableName) -> Bool {
    switch name {
    case .readings, .events: true
    case .rollups, .devices, .audit: false
    }
  }

  private static func isUnsealed(_ id: String, in table: TableView, _ probe: QuestionProbe) throws -> Bool {
    let wanted = Array(id.utf8)
    for source in table.unsealed + table.latest {
      try probe.check()
      for number in 0..<source.series.count where isDevice(wanted, UInt32(number), of: source.series) { return true }
    }
    return false
  }

  private static func isDevice(_ wanted: [UInt8], _ number: UInt32, of series: SeriesList) -> Bool {
    let key = CanonicalKey(series.canonicalKey(number))
    let place = key.device
    if place.count != wanted.count { return false }
    return key.bytes.extracting(place).withUnsafeBytes { $0.elementsEqual(wanted) }
  }

  private func isInParts(_ id: String, of tables: [TableView], _ view: LagoonView) throws -> Bool {
    let absent = state.withLock { $0.absent[id] ?? [] }
    var seen: Set<PartKey> = []
    for table in tables {
      for part in table.parts {
        let key = PartKey(table: table.name, path: part.path)
        if !absent.contains(key), part.devices.map({ $0.contains(id) }) ?? true,
          try Self.isDevice(id, in: part, of: table.name, view)
        {
          return true
        }
        seen.insert(key)
      }
    }
    state.withLock { [seen] state in
      if state.absent.count >= Self.absentAtMost && state.absent[id] == nil { state.absent = [:] }
      state.absent[id] = seen
    }
    return false
  }

  private static func isDevice(
    _ id: String, in part: QueryPart, of table: TableName, _ view: LagoonView
  ) throws -> Bool {
    do {
      let source = try view.reader.scan(
        ScanRequest(table: table, path: part.path, devices: [id], from: part.oldest, fields: [], arrivals: false))
      let wanted = Array(id.utf8)
      let numbers = Set((0..<UInt32(source.series.count)).filter { isDevice(wanted, $0, of: source.series) })
      if numbers.isEmpty { return false }
      return source.chunks.contains { chunk in
        (0..<chunk.count).contains { numbers.contains(chunk.series($0)) }
      }
    } catch let error as QueryError {
      switch error {
      case .unreadablePart, .unreadableTable: return false
      default: throw error
      }
    }
  }

  // MARK: kinds

  /// Whether there are events of a kind; of any that begins so, where it ends with a point.
  ///
  /// - Throws: what the reader throws, other than of what is damaged.
  public func hasKind(_ kind: String, in view: LagoonView) throws -> Bool {
    guard let table = view.tables[.events] else { return false }
    var (kinds, parts) = state.withLock { ($0.kinds, $0.kindParts) }
    for part in table.parts where !parts.contains(part.path) {
      do {
        let source = try view.reader.scan(
          ScanRequest(table: .events, path: part.path, from: part.oldest, fields: ["kind"], arrivals: false))
        Self.add(source, to: &kinds)
      } catch let error as QueryError {
        switch error {
        case .unreadablePart, .unreadableTable: continue
        default: throw error
        }
      }
      parts.insert(part.path)
    }
    parts.formIntersection(table.parts.lazy.map(\.path))
    state.withLock { [kinds, parts] in ($0.kinds, $0.kindParts) = (kinds, parts) }
    for source in table.unsealed { Self.add(source, to: &kinds) }
    return kind.hasSuffix(".") ? kinds.contains { $0.hasPrefix(kind) } : kinds.contains(kind)
  }

  private static func add(_ source: RowSource, to kinds: inout Set<String>) {
    guard let column = source.column(of: "kind") else { return }
    // Events of one kind follow each other.
    var last: [UInt8] = []
    for chunk in source.chunks where chunk.hasColumn(column) {
      for row in 0..<chunk.count where chunk.tag(row, column: column) == .string {
        let text = chunk.text(chunk.payload(row, column: column))
        if text.elementsEqual(last) || kinds.count >= Limits.storedNames { continue }
        last = Array(text)
        kinds.insert(String(decoding: last, as: UTF8.self))
      }
    }
  }
}
