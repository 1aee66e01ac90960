import Text

/// A file of line protocol, in pieces of whole lines.
public struct LineFile: ImportSource {
  public private(set) var plan: ImportPlan
  private var file: UnpackedFile
  private var cutter = LineCutter(pieceBytes: ImportFile.pieceBytes)

  private static let shownBytes = 80

  /// - Parameter precision: the unit of the lines' times.
  init(_ path: String, precision: String) throws {
    file = try UnpackedFile(path)
    plan = ImportPlan(.lines)
    plan.precision = precision
  }

  public var progress: (done: Int, total: Int) { (file.offset, file.byteCount) }

  public mutating func next() throws -> ImportPiece? {
    while true {
      if let cut = cutter.next(isLast: file.isAtEnd) {
        var piece = ImportPiece()
        if cut.isCut {
          let begin = String(decoding: cut.bytes.prefix(Self.shownBytes), as: UTF8.self)
          piece.refused = 1
          piece.faults = [RowFault(row: nil, cause: "a line is too long: \(begin)...")]
        } else {
          piece.lines = cut.bytes
        }
        return piece
      }
      if file.isAtEnd { return nil }
      cutter.add(try file.next())
    }
  }
}
