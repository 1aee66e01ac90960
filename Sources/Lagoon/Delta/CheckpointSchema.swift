import Parquet
import Text

/// A part of what a Delta checkpoint holds; all of it is optional in its parent.
indirect enum CheckpointNode {
  case string
  case int32
  case int64
  case boolean
  /// String to string.
  case map
  /// Of strings.
  case list
  case structure([(name: String, node: CheckpointNode)])
}

/// The columns of a Delta checkpoint (Delta transaction log protocol, "Checkpoint Schema"): one row an action, of which
/// one group is there. Between JSON, as commits hold actions, and the shredded columns of a Parquet file.
enum CheckpointSchema {
  private static let file: [(name: String, node: CheckpointNode)] = [
    ("path", .string), ("partitionValues", .map), ("size", .int64), ("modificationTime", .int64),
    ("dataChange", .boolean), ("stats", .string), ("tags", .map),
  ]

  static let actions: [(name: String, node: CheckpointNode)] = [
    ("txn", .structure([("appId", .string), ("version", .int64), ("lastUpdated", .int64)])),
    ("add", .structure(file)),
    ("remove", .structure([("path", .string), ("deletionTimestamp", .int64), ("dataChange", .boolean)])),
    (
      "metaData",
      .structure([
        ("id", .string), ("name", .string), ("description", .string),
        ("format", .structure([("provider", .string), ("options", .map)])), ("schemaString", .string),
        ("partitionColumns", .list), ("configuration", .map), ("createdTime", .int64),
      ])
    ), ("protocol", .structure([("minReaderVersion", .int32), ("minWriterVersion", .int32)])),
  ]

  /// The schema as a footer lists it.
  static let elements: [NestedElement] = {
    var elements = [NestedElement("root", .group(actions.count), .required)]
    func append(_ name: String, _ node: CheckpointNode) {
      switch node {
      case .string: elements.append(NestedElement(name, .string))
      case .int32: elements.append(NestedElement(name, .int32))
      case .int64: elements.append(NestedElement(name, .int64))
      case .boolean: elements.append(NestedElement(name, .boolean))
      case .map:
        elements += [
          NestedElement(name, .map), NestedElement("key_value", .group(2), .repeated),
          NestedElement("key", .string, .required), NestedElement("value", .string),
        ]
      case .list:
        elements += [
          NestedElement(name, .list), NestedElement("list", .group(1), .repeated), NestedElement("element", .string),
        ]
      case .structure(let members):
        elements.append(NestedElement(name, .group(members.count)))
        for member in members { append(member.name, member.node) }
      }
    }
    for action in actions { append(action.name, action.node) }
    return elements
  }()

  /// The columns of actions, a row each.
  static func shred(_ rows: [JSONValue]) -> [NestedColumn] {
    var shredder = CheckpointShredder(columns: NestedColumn.leaves(of: elements))
    for row in rows {
      shredder.next = 0
      for action in actions { shredder.append(row[action.name], action.node, parent: 0) }
    }
    return shredder.columns
  }

  /// The actions of columns.
  static func assemble(_ columns: [NestedColumn], rowCount: Int) -> [JSONValue] {
    var assembler = CheckpointAssembler(columns: columns)
    return (0..<rowCount).map { _ in
      assembler.next = 0
      var members: [(String, JSONValue)] = []
      for action in actions {
        if let value = assembler.take(action.node, parent: 0) { members.append((action.name, value)) }
      }
      return .members(members)
    }
  }
}

/// Takes JSON apart. `parent` is the definition level of what a node stands in.
private struct CheckpointShredder {
  var columns: [NestedColumn]
  /// The leaf that comes next.
  var next = 0

  mutating func append(_ value: JSONValue?, _ node: CheckpointNode, parent: Int) {
    switch node {
    case .string: leaf(parent, value?.text.map { .string($0) })
    case .int32, .int64: leaf(parent, value?.integer.map { .integer($0) })
    case .boolean: leaf(parent, value?.boolean.map { .integer($0 ? 1 : 0) })
    case .structure(let members):
      for member in members { append(value?[member.name], member.node, parent: value == nil ? parent : parent + 1) }
    case .map:
      let entries = value?.members ?? []
      for (number, entry) in entries.enumerated() {
        let repetition = number == 0 ? 0 : 1
        enter(0, parent + 2, repetition, .string(entry.name))
        let text = entry.value.text
        enter(1, text == nil ? parent + 2 : parent + 3, repetition, text.map { .string($0) })
      }
      if entries.isEmpty { for column in 0..<2 { enter(column, value == nil ? parent : parent + 1, 0, nil) } }
      next += 2
    case .list:
      let entries = value?.elements.compactMap(\.text) ?? []
      for (number, text) in entries.enumerated() { enter(0, parent + 3, number == 0 ? 0 : 1, .string(text)) }
      if entries.isEmpty { enter(0, value == nil ? parent : parent + 1, 0, nil) }
      next += 1
    }
  }

  private mutating func leaf(_ parent: Int, _ value: NestedColumn.Value?) {
    enter(0, value == nil ? parent : parent + 1, 0, value)
    next += 1
  }

  private mutating func enter(_ offset: Int, _ definition: Int, _ repetition: Int, _ value: NestedColumn.Value?) {
    columns[next + offset].entries.append(
      NestedColumn.Entry(definition: definition, repetition: repetition, value: value))
  }
}

/// Puts JSON together again.
private struct CheckpointAssembler {
  let columns: [NestedColumn]
  var next = 0
  /// Of each column the entry that comes next.
  private var positions: [Int]

  init(columns: [NestedColumn]) {
    self.columns = columns
    positions = [Int](repeating: 0, count: columns.count)
  }

  mutating func take(_ node: CheckpointNode, parent: Int) -> JSONValue? {
    switch node {
    case .string, .int32, .int64, .boolean:
      let value = entry(next)?.value
      positions[next] += 1
      next += 1
      guard let value else { return nil }
      if case .string(let text) = value { return .string(text) }
      guard case .integer(let number) = value else { return nil }
      if case .boolean = node { return .boolean(number != 0) }
      return .integer(number)
    case .structure(let members):
      let isThere = (entry(next)?.definition ?? 0) > parent
      var found: [(String, JSONValue)] = []
      for member in members {
        if let value = take(member.node, parent: parent + 1) { found.append((member.name, value)) }
      }
      return isThere ? .members(found) : nil
    case .map:
      let keys = run(next)
      let values = run(next + 1)
      next += 2
      if (keys.first?.definition ?? 0) <= parent { return nil }
      return .members(
        zip(keys, values).compactMap { key, value in
          guard case .string(let name)? = key.value else { return nil }
          guard case .string(let text)? = value.value else { return (name, .null) }
          return (name, .string(text))
        })
    case .list:
      let entries = run(next)
      next += 1
      if (entries.first?.definition ?? 0) <= parent { return nil }
      return .array(
        entries.compactMap { entry in
          guard case .string(let text)? = entry.value else { return nil }
          return .string(text)
        })
    }
  }

  private func entry(_ column: Int) -> NestedColumn.Entry? {
    let entries = columns[column].entries
    return positions[column] < entries.count ? entries[positions[column]] : nil
  }

  /// The entries of a repeated column that belong to the row.
  private mutating func run(_ column: Int) -> ArraySlice<NestedColumn.Entry> {
    let start = positions[column]
    repeat { positions[column] += 1 } while (entry(column)?.repetition ?? 0) > 0
    return columns[column].entries[start..<min(positions[column], columns[column].entries.count)]
  }
}
