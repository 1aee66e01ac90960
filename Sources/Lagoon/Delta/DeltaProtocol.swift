import Primitives

/// What a table's Delta log asks of who reads and who writes it (Delta transaction log protocol, "Protocol Evolution").
enum DeltaProtocol {
  static let ours = JSONValue.members(("minReaderVersion", .integer(1)), ("minWriterVersion", .integer(2)))

  /// Features that change nothing of what we read: they only rule over writers, or over files that we refuse one by one.
  private static let readable: Set<String> = ["deletionVectors", "vacuumProtocolCheck"]
  /// Features that ask nothing of a writer that appends and swaps whole files, as long as no property turns them on.
  private static let writable: Set<String> = [
    "appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns", "deletionVectors",
    "vacuumProtocolCheck",
  ]
  /// Properties that would ask for more than we do.
  private static let forbidding: Set<String> = [
    "delta.appendOnly", "delta.columnMapping.mode", "delta.enableRowTracking", "delta.enableInCommitTimestamps",
  ]

  /// Why the table cannot be read; nil if it can.
  static func readRefusal(_ line: JSONValue) -> String? {
    let version = line["minReaderVersion"]?.integer ?? 1
    if version == 1 { return nil }
    if version == 3, let features = line["readerFeatures"]?.elements.compactMap(\.text) {
      return features.first { !readable.contains($0) }.map { "its Delta log needs the reader feature \($0)" }
    }
    return "its Delta log needs reader version \(version)"
  }

  /// Why nothing may be written to the table; nil if it may.
  static func writeRefusal(_ line: JSONValue?, metaData: JSONValue?) -> String? {
    if let line {
      let version = line["minWriterVersion"]?.integer ?? 2
      if version == 7 {
        let features = line["writerFeatures"]?.elements.compactMap(\.text) ?? []
        if let feature = features.first(where: { !writable.contains($0) }) {
          return "its Delta log needs the writer feature \(feature)"
        }
      } else if version > 4 {
        return "its Delta log needs writer version \(version)"
      }
    }
    for property in metaData?["configuration"]?.members ?? [] {
      let value = property.value.text ?? ""
      if property.name.hasPrefix("delta.constraints.") { return "its Delta log has the constraint \(property.name)" }
      if forbidding.contains(property.name) && value != "false" && value != "none" {
        return "its Delta log has the property \(property.name)=\(value)"
      }
    }
    if let text = metaData?["partitionColumns"]?.elements.compactMap(\.text), text != [TableSchema.date] {
      return "its Delta log has other partition columns than \(TableSchema.date)"
    }
    return nil
  }
}

extension TableState {
  /// Why nothing may be written to it; nil if it may.
  var writeRefusal: String? {
    guard
      let refusal = hasDomains
        ? "its Delta log has domain metadata" : DeltaProtocol.writeRefusal(protocolLine, metaData: metaData)
    else { return nil }
    return refusal + (ruledBy.map { " (since \($0))" } ?? "")
  }
}
