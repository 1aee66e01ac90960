/// Why a file cannot be imported at all. Reads `cannot import <file>: <cause>`.
public struct ImportError: Error, CustomStringConvertible {
  public let path: String
  public let cause: String

  init(_ path: String, _ cause: String) {
    self.path = path
    self.cause = cause
  }

  public var description: String { "cannot import \(path): \(cause)" }
}

/// What is wrong with a row, or with a value of one that is sent all the same.
public struct RowFault: Hashable, Sendable {
  /// Of CSV the line at which the row begins, the first being 1; of Parquet the row, the first being 1; nil of a file
  /// of lines.
  public let row: Int?
  public let cause: String

  public init(row: Int?, cause: String) {
    self.row = row
    self.cause = cause
  }

  /// `cannot import weather.csv row 17: …`.
  public func sentence(path: String) -> String {
    "cannot import \(path)" + (row.map { " row \($0)" } ?? "") + ": \(cause)"
  }
}
