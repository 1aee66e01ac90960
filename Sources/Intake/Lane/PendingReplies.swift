import Primitives
import Sys

/// Answers that wait for their batch's commit, in the order of the batches.
struct PendingReplies {
  enum Body {
    case exchange(CoAPExchange)
    case answer([UInt8], to: SourceAddress)
  }

  struct Reply {
    var body: Body
    var sequence: UInt64
    var socket: Int
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
