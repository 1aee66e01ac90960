import AsyncHTTPClient
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Synchronization

/// Hands an answer from its event loop to the thread that waits for it, a piece at a time: the connection is read on when
/// the thread has taken the piece.
final class AnswerRelay: HTTPClientResponseDelegate {
  typealias Response = Void

  enum Event: Sendable {
    case head(TransportHead, EventLoopPromise<Void>)
    case piece(ByteBuffer, EventLoopPromise<Void>)
    case end
    case failure(any Error)
  }

  /// 1 while there are events.
  private let lock = ConditionLock(value: 0)
  private let events = Mutex<[Event]>([])
  private let wasSent = Atomic(false)

  func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) {
    wasSent.store(true, ordering: .releasing)
  }

  func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
    let taken = task.eventLoop.makePromise(of: Void.self)
    let headers = head.headers.map { Header($0.name, $0.value) }
    post(.head(TransportHead(status: Int(head.status.code), headers: headers), taken))
    return taken.futureResult
  }

  func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
    let taken = task.eventLoop.makePromise(of: Void.self)
    post(.piece(buffer, taken))
    return taken.futureResult
  }

  func didFinishRequest(task: HTTPClient.Task<Void>) {}

  /// From the event loop.
  func post(_ event: Event) {
    lock.lock()
    events.withLock { $0.append(event) }
    lock.unlock(withValue: 1)
  }

  private func next() -> [Event] {
    lock.lock(whenValue: 1)
    let taken = events.withLock { events in
      defer { events = [] }
      return events
    }
    lock.unlock(withValue: 0)
    return taken
  }

  /// Gives what comes to the sink, until the answer is whole or failed. The calling thread waits.
  func deliver(to sink: any BodySink) throws(TransportFault) {
    var fault: TransportFault?
    while true {
      for event in next() {
        switch event {
        case .head(let head, let taken):
          Self.give(taken, &fault) { () throws(TransportFault) in try sink.begin(head) }
        case .piece(let buffer, let taken):
          Self.give(taken, &fault) { () throws(TransportFault) in try sink.take(Array(buffer.readableBytesView)) }
        case .end:
          if let fault { throw fault }
          return
        case .failure(let error):
          throw fault ?? TransportFault(error, wasSent: wasSent.load(ordering: .acquiring))
        }
      }
    }
  }

  /// After a failure nothing more is given: the request ends by it.
  private static func give(
    _ taken: EventLoopPromise<Void>, _ fault: inout TransportFault?, _ body: () throws(TransportFault) -> Void
  ) {
    do throws(TransportFault) {
      if let fault { throw fault }
      try body()
      taken.succeed()
    } catch {
      fault = error
      taken.fail(error)
    }
  }
}
