import Sys

/// A stretch of an object that goes to a file, from `offset` on. An answer that says no is kept in memory.
final class FileBody: AnswerSink {
  private let file: File
  private let offset: Int
  private let longestBytes: Int
  private let refusal = GatheredBody()
  private(set) var head = TransportHead(status: 0)
  /// Octets that were written.
  private(set) var byteCount = 0

  init(_ file: File, offset: Int, longestBytes: Int) {
    self.file = file
    self.offset = offset
    self.longestBytes = longestBytes
  }

  private var isWanted: Bool { head.status == 200 || head.status == 206 }
  var receivedByteCount: Int { isWanted ? byteCount : refusal.receivedByteCount }
  var gathered: [UInt8] { refusal.gathered }

  func begin(_ head: TransportHead) {
    self.head = head
    byteCount = 0
    refusal.begin(head)
  }

  func take(_ piece: [UInt8]) throws(TransportFault) {
    if !isWanted { return try refusal.take(piece) }
    if piece.count > longestBytes - byteCount {
      throw TransportFault(.tooLarge, wasSent: true, "its answer is longer than \(longestBytes) bytes")
    }
    do throws(SystemError) { try file.write(all: piece, at: offset + byteCount) } catch {
      throw TransportFault(.local, wasSent: true, "cannot write \(file.path): \(error)")
    }
    byteCount += piece.count
  }
}
