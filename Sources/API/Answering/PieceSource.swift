/// What an answer is made of as it is sent. A value: a copy of one that was not begun makes the same bytes again.
protocol PieceSource: Sendable {
  /// Appends what comes next, some tens of kilobytes; false when nothing is left.
  mutating func next(to bytes: inout [UInt8]) throws -> Bool
  /// Memory that it keeps, in bytes, about.
  var heldBytes: Int { get }
  /// The bytes of the first piece that say when it was made and not what it says, once that was made.
  var passingBytes: Range<Int>? { get }
  /// How much it lists, for the audit.
  var rowCount: Int { get }
}

extension PieceSource {
  var passingBytes: Range<Int>? { nil }
}
