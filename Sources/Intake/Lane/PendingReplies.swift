import Sys

/// Answers that wait for their batch's commit, in the order of the batches.
struct PendingReplies {
  struct Reply {
    var exchange: CoAPExchange
    var sequence: UInt64
    var listener: Int
    var local: LocalAddress?
  }

  private var replies: [Reply] = []
  private var head = 0

  var first: Reply? { head < replies.count ? replies[head] : nil }

  mutating func append(_ reply: Reply) {
    replies.append(reply)
  }

  mutating func removeFirst() {
    head += 1
    if head == replies.count {
      replies.removeAll(keepingCapacity: true)
      head = 0
    }
  }
}
