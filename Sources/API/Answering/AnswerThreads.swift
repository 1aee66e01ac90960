import NIOPosix
import Sys

/// Where questions are answered; never on an event loop. One set for the process.
final class AnswerThreads: Sendable {
  static let shared = AnswerThreads()

  /// What says whether the node lives, and counts: it waits for no question.
  let quick: NIOThreadPool
  /// Questions: as many threads as the gates let in.
  let questions: NIOThreadPool
  /// The pieces of large answers, each soon made.
  let pieces: NIOThreadPool
  /// What the stream's subscribers are told.
  let streams: NIOThreadPool
  /// How many questions are let in at a time, of each kind.
  let atOnce: Int

  private init() {
    atOnce = max(1, ProcessFacts.processors)
    quick = Self.pool(1)
    questions = Self.pool(atOnce * 2)
    pieces = Self.pool(atOnce)
    streams = Self.pool(2)
  }

  private static func pool(_ count: Int) -> NIOThreadPool {
    let pool = NIOThreadPool(numberOfThreads: count)
    pool.start()
    return pool
  }
}
