import Import
import Primitives
import Protocols
import Telemetry
import Text

/// Reads lines as a server would, without one: what `--dry-run` says of a file of lines.
final class LineTrial {
  private var decoded = DecodedDatagram()

  /// The piece with its rows counted, and what is wrong with its lines.
  func read(_ piece: ImportPiece, unitNanos: Int64) -> ImportPiece {
    var read = piece
    var cutter = LineCutter(pieceBytes: Limits.linePieceBytes)
    cutter.add(piece.lines)
    while let cut = cutter.next(isLast: true) {
      if cut.isCut {
        read.refused += 1
        read.faults.append(fault(cut.bytes[...], "the line is too long"))
        continue
      }
      decoded.reset()
      _ = LineProtocolDecoder.decode(cut.bytes.span.bytes, unitNanos: unitNanos, into: &decoded)
      read.rows += decoded.rows.count
      read.refused += decoded.refusedLineCount
      read.flawed += decoded.flawedLineCount
      for index in 0..<decoded.refusedLines.count {
        let line = decoded.refusedLines[index]
        let reason = RejectReason(rawValue: line.code).label.replacing("_", with: " ")
        read.faults.append(fault(cut.bytes[Int(line.offset)...], line.isFieldOnly ? "some fields: \(reason)" : reason))
      }
    }
    return read
  }

  private func fault(_ line: ArraySlice<UInt8>, _ cause: String) -> RowFault {
    let begin = line.prefix(Limits.lineFaultBytes).prefix { $0 != UInt8(ascii: "\n") }
    return RowFault(row: nil, cause: "'\(String(decoding: begin, as: UTF8.self))': \(cause)")
  }
}
