/// Why some tables were not sealed. Those in `sealed` are; of the others nothing is left on the disk, so that the same
/// rows can be sealed again later.
public struct SealError: Error, Sendable, CustomStringConvertible {
  /// Tables whose rows were committed before, with their transactions.
  public var sealed: [TableName]
  /// The tables that were not, with the reason.
  public var failures: [(table: TableName, cause: LagoonError)]

  /// Whether the disk was full.
  public var isOutOfSpace: Bool { failures.contains { $0.cause.isOutOfSpace } }

  public var description: String {
    failures.map { "cannot seal table \($0.table.displayName): \($0.cause)" }.joined(separator: "; ")
  }
}
