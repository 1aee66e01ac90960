import API
import Registry
import Synchronization
import Telemetry

/// Takes every line but those that hold "bad", and keeps what it was given.
final class FakeWrites: WriteModel {
  let pieces = Mutex<[LinePiece]>([])
  /// From that piece on nothing is taken.
  let roomForPieces: Int
  let refusal: RegistryRefusal?

  init(roomForPieces: Int = .max, refusal: RegistryRefusal? = nil) {
    self.roomForPieces = roomForPieces
    self.refusal = refusal
  }

  var text: String { pieces.withLock { String(decoding: $0.flatMap(\.bytes), as: UTF8.self) } }

  func write(_ piece: LinePiece, answer: @escaping @Sendable (LineReceipt) -> Void) {
    let number = pieces.withLock { pieces in
      pieces.append(piece)
      return pieces.count
    }
    if number > roomForPieces { return answer(LineReceipt(.unavailable)) }
    var receipt = LineReceipt(.stored)
    for line in String(decoding: piece.bytes, as: UTF8.self).split(separator: "\n") {
      if line.contains("bad") || piece.isCut {
        receipt.refusedLines += 1
        let text = String(line.prefix(40))
        receipt.faults.append(
          LineFault(text: text, cause: .refused(RejectReason(rawValue: 28)), label: "line_bad_value"))
      } else if let mayWrite = piece.mayWrite, !mayWrite("sen-1") {
        receipt.refusedLines += 1
        receipt.faults.append(
          LineFault(text: String(line), device: "sen-1", cause: .refused(.outOfScope), label: "out_of_scope"))
      } else {
        receipt.rows += 1
      }
    }
    answer(receipt)
  }

  func replaceRegistry(
    _ kind: RegistryFileKind, by bytes: [UInt8], isTrial: Bool, isAddition: Bool
  ) throws(RegistryRefusal) -> RegistryDifference {
    if let refusal { throw refusal }
    let known = Array("id,class\na,sensor\nb,sensor\n".utf8)
    let content = isAddition ? try RegistryAddition.file(known, with: bytes) : bytes
    return RegistryDifference(kind, from: known, to: content, listed: 2)
  }
}
