import Primitives
import Sys
import Testing
import Text

@testable import ObjectStore

/// Files that become objects, and objects that become files.
@Suite struct UploadTests {
  private typealias Step = TestTransport.Step
  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private static let part = 1_000

  /// A file of so many octets, not two parts of which are the same.
  private func file(_ byteCount: Int) throws -> (path: String, bytes: [UInt8]) {
    let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 16) }
    return (try folder.write(bytes, to: "source"), bytes)
  }

  private func client(_ transport: any ObjectTransport, attempts: Int = 3) throws -> ObjectClient {
    try testClient(transport) {
      $0.partBytes = Self.part
      $0.partRange = Self.part...Self.part
      $0.pieceBytes = 700
      $0.attempts = attempts
    }
  }

  @Test func thereAndBack() throws {
    for byteCount in [0, 5, Self.part, 2 * Self.part + 1] {
      let store = MemoryStore()
      let (path, bytes) = try file(byteCount)
      let client = try client(store)
      #expect(try client.upload(path, as: "a", ifAbsent: true) == .done)
      #expect(store.objects["base/a"] == bytes)
      #expect(try client.upload(path, as: "a", ifAbsent: true) == .exists)
      #expect(try client.upload(path, as: "a", ifAbsent: false) == .done)
      #expect(store.uploads == 0)
      let target = folder.path + "/target-\(byteCount)"
      #expect(try client.download("a", to: target)?.byteCount == byteCount)
      #expect(try File.readWhole(target) == bytes)
    }
  }

  @Test func downloadsThatFail() throws {
    let store = MemoryStore()
    let client = try client(store)
    let target = folder.path + "/target"
    #expect(try client.download("a", to: target) == nil)
    #expect(!FileSystem.exists(target))
    try client.put(Array(repeating: 7, count: 10), as: "a")
    let path = try folder.write([1], to: "there")
    #expect(fault { _ = try client.download("a", to: path) }?.kind == .local)
    #expect(try File.readWhole(path) == [1])
  }

  /// Pieces of one object and of the next are never put together.
  @Test func anotherObjectMeanwhile() throws {
    func piece(_ first: Int, _ body: String, tag: String, total: Int) -> Step {
      .answer(
        206,
        [
          Step.date, Header("ETag", tag),
          Header("Content-Range", "bytes \(first)-\(first + body.utf8.count - 1)/\(total)"),
        ], body)
    }
    let piece1 = String(repeating: "x", count: 700)
    let next = 700
    let target = folder.path + "/target"
    for step in [
      piece(next, "rest", tag: "\"2\"", total: next + 4), piece(next, "rests", tag: "\"1\"", total: next + 5),
      Step.refused(412, "PreconditionFailed"), Step.refused(404, "NoSuchKey"),
    ] {
      let transport = TestTransport([piece(0, piece1, tag: "\"1\"", total: next + 4), step])
      #expect(fault { _ = try client(transport).download("a", to: target) }?.kind == .changed)
      #expect(transport.seen.last?.header("If-Match") == "\"1\"")
      #expect(!FileSystem.exists(target))
    }
  }

  private static let begun = Step.answer(
    200, [], "<InitiateMultipartUploadResult><UploadId>u/1</UploadId></InitiateMultipartUploadResult>")
  private static let completed = Step.answer(
    200, [], "<CompleteMultipartUploadResult><ETag>\"x-2\"</ETag></CompleteMultipartUploadResult>")
  private static let conflict = Step.refused(409, "ConditionalRequestConflict")
  private static let gone = Step.answer(204, [], "")
  private static let noUpload = Step.refused(404, "NoSuchUpload")

  /// An upload in two parts, and what the store says to `complete` and behind it.
  private func upload(_ steps: [Step], ifAbsent: Bool = true) throws -> (PutOutcome, TestTransport) {
    let (path, _) = try file(Self.part + 1)
    let transport = TestTransport([Self.begun, .done(), .lost, .done()] + steps)
    let outcome = try client(transport).upload(path, as: "a", ifAbsent: ifAbsent)
    #expect(transport.left == 0)
    return (outcome, transport)
  }

  @Test func parts() throws {
    let (outcome, transport) = try upload([Self.completed])
    #expect(outcome == .done)
    #expect(
      transport.seen.map(\.address.target) == [
        "/lake/base/a?uploads=", "/lake/base/a?partNumber=1&uploadId=u%2F1", "/lake/base/a?partNumber=2&uploadId=u%2F1",
        "/lake/base/a?partNumber=2&uploadId=u%2F1", "/lake/base/a?uploadId=u%2F1",
      ])
    #expect(transport.seen.map { $0.header("If-None-Match") } == [nil, nil, nil, nil, "*"])
    #expect(transport.seen[1].body.count == Self.part)
    #expect(transport.seen[3].body.count == 1)
  }

  @Test func theErrorInsideOfA200() throws {
    #expect(try upload([.refused(200, "InternalError"), Self.completed]).0 == .done)
    // One that is no answer of a store's says nothing.
    guard case .unknown(let fault) = try upload([.answer(200, [], "<html/>")]).0 else {
      Issue.record("it is known")
      return
    }
    #expect(fault.kind == .badAnswer)
  }

  @Test func somethingHasTheName() throws {
    let (outcome, transport) = try upload([.refused(412, "PreconditionFailed"), Self.gone])
    #expect(outcome == .exists)
    #expect(transport.seen.last?.method == .delete)
  }

  @Test func aConflictBeginsItAnew() throws {
    let again: [Step] = [Self.conflict, Self.gone, Self.begun, .done(), .done(), Self.completed]
    #expect(try upload(again).0 == .done)
    let (path, _) = try file(Self.part + 1)
    let ever = Array(repeating: [Self.begun, .done(), .done(), Self.conflict, Self.gone], count: 4).flatMap { $0 }
    #expect(fault { _ = try client(TestTransport(ever)).upload(path, as: "a", ifAbsent: true) }?.kind == .conflict)
  }

  @Test func nobodyKnows() throws {
    for ifAbsent in [true, false] {
      guard case .unknown = try upload([.lost, .lost, .lost], ifAbsent: ifAbsent).0 else {
        Issue.record("it is known")
        return
      }
    }
    // The upload is no more: an attempt before has completed it, or nobody knows.
    let there = Step.answer(
      200, [Step.date, Header("Content-Length", String(Self.part + 1)), Header("ETag", "\"x-2\"")], "")
    #expect(try upload([.lost, Self.noUpload, there]).0 == .exists)
    #expect(try upload([.lost, Self.noUpload, there], ifAbsent: false).0 == .done)
    guard case .unknown = try upload([.lost, Self.noUpload, .answer(404, [], "")]).0 else {
      Issue.record("it is known")
      return
    }
  }

  @Test func whatFailsIsGivenUp() throws {
    let (path, _) = try file(Self.part + 1)
    for steps in [
      [Self.begun, .refused(403, "AccessDenied"), Self.gone],
      [Self.begun, .answer(200, [], ""), Self.gone],
      [Self.begun, .done(), .done(), .refused(400, "InvalidPart"), Self.gone],
      [Self.begun, .done(), .done(), .refused(501, "NotImplemented"), Self.gone],
      [.done("<x/>")], [.refused(403, "AccessDenied")],
    ] as [[Step]] {
      let transport = TestTransport(steps)
      #expect(fault { _ = try client(transport).upload(path, as: "a", ifAbsent: true) } != nil)
      #expect(transport.left == 0)
    }
  }

  @Test func sizesOfParts() throws {
    func partBytes(of byteCount: Int, wanted: Int) -> Int {
      var settings = ObjectSettings()
      settings.partBytes = wanted
      return MultipartUpload.partBytes(of: byteCount, settings)
    }
    let range = Limits.objectPartBytes
    #expect(partBytes(of: 1, wanted: 1) == range.lowerBound)
    #expect(partBytes(of: 1, wanted: 1 << 30) == range.upperBound)
    #expect(partBytes(of: 200 << 30, wanted: 16 << 20) > 20 << 20)
    #expect(partBytes(of: 200 << 30, wanted: 16 << 20) * Limits.objectParts >= 200 << 30)
  }

  @Test func leftovers() throws {
    func upload(_ key: String, _ id: String, _ time: String) -> String {
      "<Upload><Key>\(key)</Key><UploadId>\(id)</UploadId><Initiated>\(time)</Initiated></Upload>"
    }
    let old = "2013-05-22T00:00:00.000Z"
    let first = Step.answer(
      200, [],
      "<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
        + "<NextKeyMarker>base/b+</NextKeyMarker><NextUploadIdMarker>2</NextUploadIdMarker>"
        + upload("base/a%20", "1", old) + upload("other/b", "2", old) + "</ListMultipartUploadsResult>")
    let second = Step.answer(
      200, [],
      "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>" + upload("base/new", "3", "2013-05-23T23:00:00Z")
        + upload("base/theirs", "4", old) + "</ListMultipartUploadsResult>")
    let transport = TestTransport([first, second, Self.gone])
    #expect(try client(transport).removeLeftovers { $0 != "theirs" } == 1)
    #expect(transport.seen.last?.address.target == "/lake/base/a%20?uploadId=1")
    #expect(transport.seen[1].address.target.contains("key-marker=base%2Fb%20&prefix=base%2F&upload-id-marker=2"))
    let found = try client(TestTransport([second])).unfinishedUploads()
    #expect(found.first == UnfinishedUpload(name: "new", id: "3", begunNanos: TestClock.start - Nanos.perHour))
    let endless = try client(TestTransport([first, first, first]))
    #expect(fault { _ = try endless.unfinishedUploads() }?.kind == .badAnswer)
  }

  @Test func aSinkIntoAFile() throws {
    let path = folder.path + "/sink"
    let file = try File(path, .createExclusive)
    let sink = FileBody(file, offset: 2, longestBytes: 4)
    sink.begin(TransportHead(status: 206))
    try sink.take([1, 2])
    // Another attempt begins where the first did.
    sink.begin(TransportHead(status: 206))
    try sink.take([3, 4, 5])
    #expect(sink.receivedByteCount == 3)
    #expect(throws: TransportFault.self) { try sink.take([6, 7]) }
    #expect(try File.readWhole(path) == [0, 0, 3, 4, 5])
    sink.begin(TransportHead(status: 404))
    try sink.take(Array("<Error/>".utf8))
    #expect(sink.gathered == Array("<Error/>".utf8))
    #expect(try File.readWhole(path) == [0, 0, 3, 4, 5])
  }
}
