import Registry

/// A table of which an answer lacks something, and why: the rest of the answer stands.
public struct MissingTable: Hashable, Sendable {
  /// As the interface calls it: the measurement, or `events`; `hiddenName` where whoever asks may not know it.
  public var table: String
  public var cause: String

  public init(table: String, cause: String) {
    self.table = table
    self.cause = cause
  }

  /// Stands for all measurements of which somebody with a limited scope may not know that they exist: nobody can tell
  /// whose rows a table holds that cannot be read.
  public static let hiddenName = "*"
}

/// What a question could not read on its way, each table once.
struct MissingTables {
  private var causes: [String: String] = [:]
  private let hidesNames: Bool

  /// Nothing, yet, of a part of a question.
  init() { hidesNames = false }

  /// - Parameter tables: only those are asked for; nil for all that hold rows.
  init(_ view: LagoonView, among tables: Set<TableName>? = nil) {
    hidesNames = !view.scope.isEverything
    for (name, cause) in view.unreadable {
      if let tables, !tables.contains(name) { continue }
      switch name {
      case .readings, .events: causes[name.displayName] = cause
      case .rollups, .devices, .audit: continue
      }
    }
  }

  /// Runs what reads a part. What cannot be read is noted; other faults go on up.
  mutating func reading<Answer>(_ table: TableName, _ body: () throws -> Answer) throws -> Answer? {
    do {
      return try body()
    } catch let error as QueryError {
      switch error {
      case .unreadablePart, .unreadableTable: note(table, "\(error)")
      default: throw error
      }
    }
    return nil
  }

  mutating func note(_ table: TableName, _ cause: String) {
    // The first of several parts stands for all: an answer does not grow with what is damaged.
    if causes[table.displayName] == nil { causes[table.displayName] = cause }
  }

  mutating func take(_ other: MissingTables) {
    causes.merge(other.causes) { own, _ in own }
  }

  var isEmpty: Bool { causes.isEmpty }

  /// By name.
  var all: [MissingTable] {
    if hidesNames && causes.contains(where: { $0.key != TableName.events.displayName }) { return hidden }
    return causes.sorted { $0.key < $1.key }.map { MissingTable(table: $0.key, cause: $0.value) }
  }

  /// What somebody may know whose scope is limited: that something lacks, and whether events do.
  private var hidden: [MissingTable] {
    let events = causes[TableName.events.displayName].map {
      [MissingTable(table: TableName.events.displayName, cause: $0)]
    }
    let others = MissingTable(
      table: MissingTable.hiddenName, cause: "a table cannot be read; it may hold rows of your scope")
    return [others] + (events ?? [])
  }
}
