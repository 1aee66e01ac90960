import Primitives
import Synchronization
import Sys
import Testing

@testable import API

@Suite struct ConnectionBookTests {
  private final class Ended: Sendable {
    let names = Mutex<[String]>([])
  }

  private static func presence(_ name: String, _ ended: Ended) -> ClientPresence {
    let presence = ClientPresence()
    presence.connect { ended.names.withLock { $0.append(name) } }
    return presence
  }

  @Test func whoNeverEndsARequestsHeadLeaves() {
    let (book, ended, keys) = (ConnectionBook(limit: 10), Ended(), (0..<3).map { _ in Key() })
    let (slow, busy, reader) = (
      Self.presence("slow", ended), Self.presence("busy", ended), Self.presence("reader", ended)
    )
    for (key, presence) in zip(keys, [slow, busy, reader]) { book.enter(ObjectIdentifier(key), presence) }
    // One is being answered for however long, another does not read its answer.
    busy.note(isIdle: false)
    reader.note(isIdle: false)
    reader.note(isWritable: false)
    let now = Clock.monotonicNanos()
    book.dropIdlers(at: now + (Limits.stalledClientSeconds > 50 ? 50 : 1) * Nanos.perSecond)
    #expect(ended.names.withLock { $0 }.isEmpty)
    book.dropIdlers(at: now + 61 * Nanos.perSecond)
    #expect(ended.names.withLock { $0 } == ["reader"])
    reader.note(isWritable: true)
    book.dropIdlers(at: now + (Limits.slowHeadSeconds + 1) * Nanos.perSecond)
    #expect(ended.names.withLock { $0 } == ["reader", "slow"])
    let slowCount = book.metrics.first { $0.name == "thinai_http_connections_slow_total" }
    #expect(slowCount?.samples.map(\.value) == [1])
  }

  private final class Key {}
}
