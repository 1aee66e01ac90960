import Primitives
import Protocols
import Sys

/// Answers that wait for their batch's commit, in the order of the batches. Bounded: a batch owes at most
/// `Limits.repliesPerBatch`, and few batches are on their way at once.
struct PendingReplies {
  struct Entry {
    var owed: OwedReply
    /// From where it goes: the socket, and the own address that was asked.
    var socket: Int
    var local: LocalAddress?
  }

  private var replies: [Entry] = []
  private var head = 0
  /// Those of the batch that is being filled.
  private(set) var owed = 0
  /// Answered ones are let go of when there are so many, and are half of all: each is moved once at the most.
  private static let answeredAtMost = 1_024

  var first: Entry? { head < replies.count ? replies[head] : nil }

  /// Places that are held, those of answered ones among them.
  var capacity: Int { replies.capacity }

  /// Whether the batch owes as many answers as one may.
  var isFull: Bool { owed >= Limits.repliesPerBatch }

  mutating func append(_ reply: Entry) {
    replies.append(reply)
    owed += 1
  }

  /// The batch was handed over; the next one owes nothing yet.
  mutating func beginBatch() {
    owed = 0
  }

  mutating func removeFirst() {
    head += 1
    if head == replies.count && replies.capacity <= 2 * Self.answeredAtMost {
      replies.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= Self.answeredAtMost && head * 2 >= replies.count || head == replies.count {
      // A copy of what is left: the memory of a busy time goes back.
      replies = Array(replies[head...])
      head = 0
    }
  }
}
