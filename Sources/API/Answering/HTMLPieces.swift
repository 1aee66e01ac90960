import Primitives

/// A page, made piece by piece.
struct HTMLPieces: PieceSource {
  let heldBytes: Int
  let rowCount: Int
  private let pieces: Int
  private let write: @Sendable (_ piece: Int, inout HTMLWriter) -> Void
  private var html = HTMLWriter()
  private var piece = 0

  /// - Parameters:
  ///   - rowCount: what it lists.
  ///   - write: writes so many pieces, one after the other: rows of tables, and what stands around them.
  init(
    heldBytes: Int, rowCount: Int, pieces: Int, write: @escaping @Sendable (_ piece: Int, inout HTMLWriter) -> Void
  ) {
    self.heldBytes = heldBytes
    self.rowCount = rowCount
    self.pieces = pieces
    self.write = write
  }

  mutating func next(to bytes: inout [UInt8]) -> Bool {
    if piece == pieces { return false }
    while html.bytes.count < Limits.answerPieceBytes && piece < pieces {
      write(piece, &html)
      piece += 1
    }
    html.move(to: &bytes)
    return true
  }
}
