public import Primitives

/// A field's name on the wire and its unit, empty if none was sent.
public struct FieldIdentity: Hashable, Sendable {
  public var name: String
  public var unit: String

  public init(name: String, unit: String = "") {
    self.name = name
    self.unit = unit
  }
}

/// Rows to read, wherever they came from: unsealed ones in memory, or what a scan took from a part.
///
/// `chunk.series(row)` numbers `series`, column `n` of a chunk holds field `fields[n]`, times are in `precision`.
public struct RowSource: Sendable {
  public var chunks: [RowChunk]
  public var series: SeriesList
  public var fields: [FieldIdentity]
  public var precision: TimePrecision

  public init(chunks: [RowChunk], series: SeriesList, fields: [FieldIdentity], precision: TimePrecision) {
    self.chunks = chunks
    self.series = series
    self.fields = fields
    self.precision = precision
  }

  public var rowCount: Int { chunks.reduce(0) { $0 + $1.count } }

  /// The column of a field, if any row may have it.
  public func column(of field: String) -> Int? {
    fields.firstIndex { $0.name == field }
  }
}
