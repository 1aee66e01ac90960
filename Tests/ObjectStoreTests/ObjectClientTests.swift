import Primitives
import Sys
import Testing
import Text

@testable import ObjectStore

@Suite struct ObjectClientTests {
  private typealias Step = TestTransport.Step

  // MARK: writing

  @Test func writes() throws {
    let transport = TestTransport([.done(), .done()])
    let client = try testClient(transport)
    #expect(try client.put([1, 2], as: "a") == "\"e\"")
    #expect(try client.putIfAbsent([1, 2], as: "a") == .done)
    #expect(transport.seen.map { $0.header("If-None-Match") } == [nil, "*"])
    #expect(transport.seen.map(\.body) == [[1, 2], [1, 2]])
    #expect(transport.seen[1].header("Authorization")?.contains(";if-none-match;") == true)
  }

  @Test func somethingHasTheName() throws {
    let refused = try testClient(TestTransport([.refused(412, "PreconditionFailed")]))
    #expect(try refused.putIfAbsent([1], as: "a") == .exists)
    // The first answer was lost; what is there may be ours.
    let again = try testClient(TestTransport([.lost, .refused(412, "PreconditionFailed"), .done("x")]))
    #expect(try again.putIfAbsent(Array("x".utf8), as: "a") == .exists)
    #expect(try again.compare("a", with: Array("x".utf8)) == .same)
  }

  @Test func nobodyKnows() throws {
    let transport = TestTransport(Array(repeating: .lost, count: 3))
    let client = try testClient(transport) { $0.attempts = 3 }
    guard case .unknown(let fault) = try client.putIfAbsent([1], as: "a") else {
      Issue.record("it is known")
      return
    }
    #expect(fault.mayBeDone)
    #expect(fault.kind == .unreachable)
    // A refusal that follows does not undo what may have been done.
    let refused = try testClient(TestTransport([.lost, .refused(403, "AccessDenied")]))
    guard case .unknown(let second) = try refused.putIfAbsent([1], as: "a") else {
      Issue.record("it is known")
      return
    }
    #expect(second.kind == .notPermitted)
  }

  @Test func nothingWasWritten() throws {
    let client = try testClient(TestTransport(Array(repeating: .unreachable, count: 3))) { $0.attempts = 3 }
    let found = fault { _ = try client.putIfAbsent([1], as: "a") }
    #expect(found?.kind == .unreachable)
    #expect(found?.mayBeDone == false)
    let other = try testClient(TestTransport([.refused(501, "NotImplemented")]))
    let unable = fault { _ = try other.putIfAbsent([1], as: "a") }
    #expect(unable?.kind == .conditionNotHonoured)
    #expect(unable?.cause == "it does not honour If-None-Match: it answered 501 NotImplemented (m)")
  }

  @Test func likeness() throws {
    let client = try testClient(
      TestTransport([.done("abc"), .done("abd"), .done("abcdef"), .refused(404, "NoSuchKey")]))
    let found = try (0..<4).map { _ in try client.compare("a", with: Array("abc".utf8)) }
    #expect(found == [.same, .other, .other, .absent])
  }

  // MARK: reading

  @Test func reads() throws {
    let client = try testClient(TestTransport([.done("hello"), .refused(404, "NoSuchKey")]))
    let found = try #require(try client.get("a", longestBytes: 10))
    #expect(found.bytes == Array("hello".utf8))
    #expect(found.info == ObjectInfo(name: "a", byteCount: 5, modifiedNanos: TestClock.start, tag: "\"e\""))
    #expect(try client.get("a", longestBytes: 10) == nil)
  }

  /// "Not found" of somebody who is no store would be taken for a log without an entry.
  @Test func whatIsNotFoundElsewhere() throws {
    let client = try testClient(
      TestTransport([.answer(404, [], "<html>no such page</html>"), .refused(404, "NoSuchBucket")]))
    #expect(fault { _ = try client.get("a", longestBytes: 10) }?.kind == .refused)
    #expect(fault { _ = try client.get("a", longestBytes: 10) }?.kind == .noBucket)
  }

  @Test func bodiesThatAreCutShort() throws {
    let short = Step.answer(200, [Step.date, Header("Content-Length", "5")], "hell")
    let transport = TestTransport([short, .lost, .done("hello")])
    #expect(try testClient(transport).get("a", longestBytes: 10)?.bytes == Array("hello".utf8))
    #expect(transport.seen.count == 3)
  }

  @Test func stretches() throws {
    func part(_ range: String, _ body: String, status: Int = 206) -> Step {
      .answer(status, [Step.date, Header("ETag", "\"e\""), Header("Content-Range", "bytes \(range)")], body)
    }
    let transport = TestTransport([
      part("2-4/9", "llo"), part("7-8/9", "xy"), part("2-5/9", "llo!"), part("2-4/*", "llo"), part("3-5/9", "llo"),
      .refused(416, "InvalidRange"), .refused(412, "PreconditionFailed"), .refused(404, "NoSuchKey"),
    ])
    let client = try testClient(transport)
    let found = try #require(try client.get("a", range: 2..<5, ifTag: "\"t\""))
    #expect(found.bytes == Array("llo".utf8))
    #expect(found.info.byteCount == 9)
    #expect(transport.seen[0].header("Range") == "bytes=2-4")
    #expect(transport.seen[0].header("If-Match") == "\"t\"")
    #expect(try client.get("a", range: 7..<12)?.bytes == Array("xy".utf8))
    #expect(fault { _ = try client.get("a", range: 2..<5) }?.kind == .tooLarge)
    #expect(fault { _ = try client.get("a", range: 2..<5) }?.kind == .badAnswer)
    #expect(fault { _ = try client.get("a", range: 2..<5) }?.kind == .badAnswer)
    #expect(fault { _ = try client.get("a", range: 20..<25) }?.kind == .outOfRange)
    #expect(fault { _ = try client.get("a", range: 2..<5, ifTag: "\"t\"") }?.kind == .changed)
    #expect(try client.get("a", range: 2..<5) == nil)
    #expect(fault { _ = try client.get("a", range: 2..<2) }?.kind == .local)
  }

  @Test func heads() throws {
    let transport = TestTransport([
      .answer(200, [Step.date, Header("Content-Length", "12"), Header("ETag", "\"e\"")], ""), .answer(404, [], ""),
      .answer(200, [Step.date], ""),
    ])
    let client = try testClient(transport)
    #expect(try client.head("a")?.byteCount == 12)
    #expect(try client.head("a") == nil)
    #expect(fault { _ = try client.head("a") }?.kind == .badAnswer)
  }

  // MARK: lists

  @Test func listsInOrder() throws {
    let transport = TestTransport([
      .answer(200, [], listPage(["base/b", "base/%C4%91", "base/mark/"], next: "t1")),
      .answer(200, [], listPage(["base/a", "base/b"], folders: ["base/z/", "base/f+g/"])),
    ])
    let listing: ObjectListing = try testClient(transport).list("", after: "0", isDeep: false)
    #expect(listing.objects.map(\.name) == ["a", "b", "đ"])
    #expect(listing.folders == ["f g/", "z/"])
    #expect(
      transport.seen[0].address.target
        == "/lake?delimiter=%2F&encoding-type=url&list-type=2&max-keys=1000&prefix=base%2F&start-after=base%2F0")
    #expect(
      transport.seen[1].address.target
        == "/lake?continuation-token=t1&delimiter=%2F&encoding-type=url&list-type=2&max-keys=1000&prefix=base%2F")
  }

  @Test(arguments: [
    [Step.answer(200, [], "not XML")], [.answer(200, [], listPage(["elsewhere/a"]))],
    [.answer(200, [], listPage([], next: "t")), .answer(200, [], listPage([], next: "t"))],
    [.answer(200, [], "<Error><Code>x</Code></Error>")],
  ])
  private func listsThatAreNone(steps: [Step]) throws {
    let client = try testClient(TestTransport(steps))
    #expect(fault { _ = try client.list() }?.kind == .badAnswer)
  }

  // MARK: deleting

  @Test func deletes() throws {
    let transport = TestTransport([.answer(204, [], ""), .refused(404, "NoSuchKey"), .refused(403, "AccessDenied")])
    let client = try testClient(transport)
    try client.delete("a")
    try client.delete("a")
    #expect(fault { try client.delete("a") }?.kind == .notPermitted)
  }

  @Test func deletesMany() throws {
    let names = (0..<1_001).map { "n\($0)" }
    let transport = TestTransport([
      .answer(200, [], "<DeleteResult/>"),
      .answer(200, [], "<DeleteResult><Error><Key>base/n1000</Key><Code>InternalError</Code></Error></DeleteResult>"),
      .answer(204, [], ""),
    ])
    try testClient(transport).delete(names)
    #expect(transport.seen.map(\.method) == [.post, .post, .delete])
    #expect(transport.seen.map(\.address.target) == ["/lake?delete=", "/lake?delete=", "/lake/base/n1000"])
    #expect(transport.seen[0].header("Content-MD5") != nil)
    let late = TestTransport([.refused(200, "InternalError"), .answer(200, [], "<DeleteResult/>")])
    try testClient(late).delete(["a"])
    #expect(late.seen.count == 2)
    let unknown = TestTransport([.refused(501, "NotImplemented"), .answer(204, [], "")])
    try testClient(unknown).delete(["a"])
    #expect(unknown.left == 0)
    try testClient(TestTransport([])).delete([])
  }
}
