@testable import API
import HTTPTypes
import Hummingbird
@testable import Lagoon
import Primitives
import Testing

@Suite struct StreamTests {
  static func change(_ version: Int64, _ device: String) throws -> BucketChange {
    try #require(BucketChange(text: [String(version), "0", device, "m", "f", "1m"].joined(separator: "\u{0}")))
  }

  @Test func positionsComeBack() throws {
    let positions: [StreamPosition] = [
      .version(0), .version(1_795_000_000_000), .change(try Self.change(7, "Trạm\n1")), .event(version: 9, ordinal: 12),
    ]
    for position in positions {
      #expect(StreamPosition(position.text) == position)
      #expect(position.text.utf8.allSatisfy { $0 > 32 && $0 < 127 })
    }
    for text in ["", "v", "v-1", "v1 ", "x1", "c", "cff", "c00", "e1", "e1.", "e.1", "e1.2.3", "v99999999999999999999"]
    {
      #expect(StreamPosition(text) == nil, "\(text)")
    }
  }

  /// Whoever stands at an item was told those before it, and none behind.
  @Test func itemsAreInOneOrder() throws {
    func event(_ version: Int64, _ ordinal: Int) throws -> StreamItem {
      let row = ResultRow(measurement: "events", device: "d", tags: [], time: 0, receivedMillis: nil, fields: [])
      return .event(ArrivedEventsQuery.Arrived(row: row, version: version, ordinal: ordinal))
    }
    let items: [StreamItem] = [
      .change(try Self.change(1, "a")), .change(try Self.change(1, "b")), try event(1, 0), try event(1, 1),
      .change(try Self.change(2, "a")), try event(2, 0), try event(3, 0),
    ]
    for (place, item) in items.enumerated() {
      for (other, position) in items.map(\.position).enumerated() {
        #expect(item.isBehind(position) == (place > other))
      }
      for version in 0...4 { #expect(item.isBehind(.version(Int64(version))) == (item.version >= Int64(version))) }
    }
  }

  @Test func aLineEndInTheDataIsNone() {
    var text = StreamText()
    text.append(APIProblem.notFound("a"))
    text.append(standing: .version(3))
    text.close()
    let lines = text.chunks.map { String(buffer: $0) }.joined()
    #expect(lines.hasPrefix("event: problem\ndata: {\"type\":") && lines.hasSuffix("}\n\n: heartbeat\nid: v3\n\n"))
    #expect(text.byteCount == lines.utf8.count)
  }

  @Test func whatCannotBeMeantIsRefused() async throws {
    for query in ["types=x", "types=change,", "step=2m", "from=2025-11-20T11:00:00Z", "kind="] {
      #expect(try await RouteTests.problem("/v1/stream?" + query, 400)["parameter"] != nil, "\(query)")
    }
    let refused = try await RouteTests.ask("/v1/stream", headers: [.lastEventID: "nonsense"])
    #expect(refused.status == 400 && refused.text.contains("urn:thinai:problem:bad-event-id"))
    let packed = try await RouteTests.ask("/v1/stream", headers: [.acceptEncoding: "gzip, identity;q=0"])
    #expect(packed.status == 406)
    let head = try await RouteTests.ask("/v1/stream", method: .head)
    #expect(head.status == 405 && head.headers[.allow] == "GET")
  }

  /// The slot of an answer that is never written is free again.
  @Test func slotsComeBack() throws {
    let hub = APIRouter(FakeModel()).streams
    let subscriber = StreamSubscriber(filter: StreamFilter(), address: "x", disconnect: {})
    var sessions: [StreamSession] = []
    for _ in 0..<Limits.streams { sessions.append(try StreamSession(hub, subscriber, after: nil)) }
    // What was refused gives nothing back.
    for _ in 0..<2 {
      #expect(throws: APIProblem.self) { try StreamSession(hub, subscriber, after: nil) }
    }
    sessions.removeLast()
    sessions.append(try StreamSession(hub, subscriber, after: nil))
    sessions = []
    hub.stop()
    #expect(throws: APIProblem.self) { try StreamSession(hub, subscriber, after: nil) }
  }
}
