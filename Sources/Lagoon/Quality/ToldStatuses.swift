public import Primitives
import Telemetry

/// What the node told of devices last, by kind: in one pass over the events, however many devices there are.
public struct ToldStatuses: Sendable {
  /// By kind and device: when it was told last.
  public private(set) var newest: [String: [String: UnixNanos]] = [:]

  /// - Throws: what the reader throws, other than of what is damaged.
  public init(of kinds: [String], in view: LagoonView) throws {
    for kind in kinds { newest[kind] = [:] }
    guard let table = view.tables[.events] else { return }
    var missing = MissingTables()
    let wanted = kinds.map { (name: $0, bytes: Array($0.utf8)) }
    for part in table.parts {
      let request = ScanRequest(
        table: .events, path: part.path, from: part.oldest, fields: ["kind"], arrivals: false)
      let source = try missing.reading(.events) { try view.reader.scan(request) }
      if let source { add(source, wanted) }
    }
    for source in table.unsealed { add(source, wanted) }
  }

  private mutating func add(_ source: RowSource, _ wanted: [(name: String, bytes: [UInt8])]) {
    guard let column = source.column(of: "kind") else { return }
    let unit = source.precision.unitNanos
    let isTold = (0..<UInt32(source.series.count)).map { source.series.isTold($0) }
    for chunk in source.chunks where chunk.hasColumn(column) {
      for row in 0..<chunk.count where chunk.tag(row, column: column) == .string {
        let series = chunk.series(row)
        if Int(series) >= isTold.count || !isTold[Int(series)] { continue }
        let text = chunk.text(chunk.payload(row, column: column))
        guard let kind = wanted.first(where: { text.elementsEqual($0.bytes) })?.name else { continue }
        newest[kind]?[source.series.device(series), default: .min].raise(to: chunk.time(row) * unit)
      }
    }
  }
}

extension UnixNanos {
  fileprivate mutating func raise(to other: UnixNanos) { self = Swift.max(self, other) }
}
