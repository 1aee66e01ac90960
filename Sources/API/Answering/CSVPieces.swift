import Primitives

/// CSV, made row by row.
struct CSVPieces: PieceSource {
  let heldBytes: Int
  private let rows: Int
  var rowCount: Int { rows }
  private let write: @Sendable (_ row: Int, inout CSVWriter) -> Void
  private var csv: CSVWriter
  private var row = 0
  private var isBegun = false

  /// - Parameters:
  ///   - head: with its first row written.
  ///   - write: writes a row's cells, and ends it.
  init(
    heldBytes: Int, head: CSVWriter, rows: Int, write: @escaping @Sendable (_ row: Int, inout CSVWriter) -> Void
  ) {
    self.heldBytes = heldBytes
    self.rows = rows
    self.write = write
    csv = head
  }

  mutating func next(to bytes: inout [UInt8]) -> Bool {
    if isBegun && row == rows { return false }
    isBegun = true
    while csv.bytes.count < Limits.answerPieceBytes && row < rows {
      write(row, &csv)
      row += 1
    }
    csv.move(to: &bytes)
    return true
  }
}
