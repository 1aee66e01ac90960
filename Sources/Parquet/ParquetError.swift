/// Why a file cannot be read. Reads `cannot read parquet <thing>: <cause>`.
public struct ParquetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was being read: `footer`, `page 3 of column temperature`.
  public let thing: String
  /// What is wrong with it.
  public let cause: String

  /// `cannot read parquet <thing>: <cause>`.
  public init(_ thing: String, _ cause: String) {
    self.thing = thing
    self.cause = cause
  }

  /// The sentence.
  public var description: String { "cannot read parquet \(thing): \(cause)" }
}
