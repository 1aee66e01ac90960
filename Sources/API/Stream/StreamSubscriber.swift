import Hummingbird
import Lagoon
import NIOCore
import Primitives
import Synchronization

/// One client of the stream: what it wants, and what waits for it.
final class StreamSubscriber: Sendable {
  let filter: StreamFilter
  /// Where it is, as the log tells.
  let address: String
  let chunks: AsyncStream<ByteBuffer>
  private let queue: AsyncStream<ByteBuffer>.Continuation
  private let state = Mutex(State())
  /// Ends the connection, whatever is being written.
  private let disconnect: @Sendable () -> Void
  /// Whether who asked may still ask: a token may be taken back meanwhile.
  let isStillAllowed: @Sendable () -> Bool
  private let probe: QuestionProbe

  private struct State {
    var queuedBytes = 0
    var writingSince: ContinuousClock.Instant?
  }

  /// How long one write may take.
  private static let longestWrite = Duration.seconds(60)

  init(
    filter: StreamFilter, address: String, isStillAllowed: @escaping @Sendable () -> Bool = { true },
    probe: QuestionProbe = .never, disconnect: @escaping @Sendable () -> Void
  ) {
    self.isStillAllowed = isStillAllowed
    self.probe = probe
    self.filter = filter
    self.address = address
    self.disconnect = disconnect
    (chunks, queue) = AsyncStream.makeStream()
  }

  /// Queues what is new. False if what waits already is too much.
  func push(_ text: StreamText) -> Bool {
    let hasRoom = state.withLock { state in
      if state.queuedBytes > Limits.streamQueueBytes { return false }
      state.queuedBytes += text.byteCount
      return true
    }
    if hasRoom { for chunk in text.chunks { queue.yield(chunk) } }
    return hasRoom
  }

  /// Writes what was queued until the stream ends.
  func drain(to writer: inout any ResponseBodyWriter) async throws {
    for await chunk in chunks {
      try await write(chunk, to: &writer)
      state.withLock { $0.queuedBytes -= chunk.readableBytes }
    }
  }

  func write(_ chunk: ByteBuffer, to writer: inout any ResponseBodyWriter) async throws {
    state.withLock { $0.writingSince = .now }
    defer { state.withLock { $0.writingSince = nil } }
    try await writer.write(chunk)
  }

  /// Whether a write stands for so long that nobody seems to read.
  var isStalled: Bool {
    state.withLock { $0.writingSince.map { .now - $0 > Self.longestWrite } ?? false }
  }

  /// Whether its client has left. Else that would come out with the second write behind it, half a minute later: so long
  /// its place was taken.
  var isGone: Bool {
    do { try probe.check() } catch { return true }
    return false
  }

  /// Ends the stream behind what is queued.
  func finish() { queue.finish() }

  /// Ends it now.
  func drop() {
    queue.finish()
    disconnect()
  }

  /// Ends it behind what is queued, or now if the client does not read that.
  func stop() {
    queue.finish()
    if state.withLock({ $0.writingSince != nil }) { disconnect() }
  }
}
