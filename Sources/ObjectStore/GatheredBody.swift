import Primitives

/// An answer in memory.
final class GatheredBody: AnswerSink {
  private let longestBytes: Int
  private(set) var head = TransportHead(status: 0)
  private(set) var gathered: [UInt8] = []

  /// - Parameter longestBytes: of a body that was asked for; an error's is bounded anyway.
  init(longestBytes: Int = Limits.objectAnswerBytes) {
    self.longestBytes = longestBytes
  }

  var receivedByteCount: Int { gathered.count }

  private var bound: Int { (200...299).contains(head.status) ? longestBytes : Limits.objectAnswerBytes }

  func begin(_ head: TransportHead) {
    self.head = head
    gathered = []
    // What it announces is reserved no further than this: it may not come.
    if let length = head.contentLength, length > 0 { gathered.reserveCapacity(min(length, bound, 1 << 20)) }
  }

  func take(_ piece: [UInt8]) throws(TransportFault) {
    if piece.count > bound - gathered.count {
      throw TransportFault(.tooLarge, wasSent: true, "its answer is longer than \(bound) bytes")
    }
    gathered += piece
  }
}
