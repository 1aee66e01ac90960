@testable import API
import Foundation
import HTTPTypes
import Lagoon
import Synchronization
import Testing
import Text
import Zstd

@Suite struct PieceTests {
  static func all(_ source: some PieceSource) throws -> (bytes: [UInt8], pieces: [Int]) {
    var source = source
    var bytes: [UInt8] = []
    var pieces: [Int] = []
    while true {
      let before = bytes.count
      let isMore = try source.next(to: &bytes)
      if bytes.count > before { pieces.append(bytes.count - before) }
      if !isMore { return (bytes, pieces) }
    }
  }

  /// Unpacked by a reader that is not ours.
  static func unzipped(_ packed: [UInt8]) throws -> [UInt8] {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("thinai-\(UUID().uuidString).gz")
    try Data(packed).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-dc", file.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let bytes = [UInt8](pipe.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    return bytes
  }

  static func numbers(_ count: Int) -> JSONPieces {
    JSONPieces(heldBytes: 8 * count, count: count) { json in
      json.name("numbers")
    } tail: { json in
      json.name("next")
      json.null()
    } element: { index, json in
      json.name("n")
      json.integer(index)
    }
  }

  @Test(arguments: [0, 1, 2, 5_000, 200_000])
  func anArrayIsWholeHoweverItIsCut(count: Int) throws {
    let (bytes, pieces) = try Self.all(Self.numbers(count))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    let found = try #require(object["numbers"] as? [[String: Int]])
    #expect(found.map { $0["n"] } == Array(0..<count) && object["next"] is NSNull)
    #expect(pieces.allSatisfy { $0 < 80_000 } && (count < 100_000 || pieces.count > 10))
  }

  @Test func groupsAreWholeHoweverTheyAreCut() throws {
    let sizes = [0, 3, 0, 40_000, 1, 0]
    let groups = JSONPieces.Groups(count: sizes.count) {
      sizes[$0]
    } open: { group, json in
      json.beginObject()
      json.name("group")
      json.integer(group)
      json.name("cells")
      json.beginArray()
    } close: { _, json in
      json.endArray()
      json.endObject()
    } write: { _, index, json in
      json.integer(index)
    }
    let pieces = JSONPieces(heldBytes: 0, groups: groups) {
      $0.name("groups")
    } tail: { _ in
    }
    let object = try JSONSerialization.jsonObject(with: Data(try Self.all(pieces).bytes)) as? [String: Any]
    let found = try #require(object?["groups"] as? [[String: Any]])
    #expect(found.map { ($0["cells"] as? [Int])?.count } == sizes)
    #expect(found[3]["cells"] as? [Int] == Array(0..<40_000))
  }

  /// What comes out in pieces is what comes out whole, and unpacks to the same bytes.
  @Test func aPackedAnswerInPiecesIsTheWhole() throws {
    let wanted = try Self.all(Self.numbers(100_000)).bytes
    for coding in ContentCoding.allCases {
      let maker = PieceMaker(Self.numbers(100_000), coding: coding)
      var packed: [UInt8] = []
      while let piece = try maker.next() { packed += piece }
      switch coding {
      case .identity: #expect(packed == wanted)
      case .gzip: #expect(try Self.unzipped(packed) == wanted)
      case .zstd: #expect(packed.withUnsafeBytes { ZstdCodec().decompress($0, byteCount: wanted.count) } == wanted)
      }
    }
  }

  /// A tag depends on what is said and not on how it was cut, nor on what passes.
  @Test func aTagDoesNotDependOnPieces() throws {
    let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }
    var hash = TagHash()
    for start in stride(from: 0, to: bytes.count, by: 77_777) {
      hash.add(bytes[start..<min(start + 77_777, bytes.count)])
    }
    #expect(EntityTag(hash, isWeak: false) == EntityTag(ofContent: bytes))
  }

  @Test func aLargeAnswerIsMadeAsItIsSent() throws {
    let memory = AnswerMemory(limitBytes: 100 << 20)
    func negotiated(_ count: Int) throws -> APIAnswer {
      try APIAnswer(json: Self.numbers(count)).negotiated(
        accept: nil, knownTags: nil, hold: memory.hold(for: .always), probe: .never)
    }
    let small = try negotiated(10)
    #expect(small.source == nil && !small.bytes.isEmpty && memory.usedBytes == 0)
    let large = try negotiated(500_000)
    #expect(large.source != nil && large.bytes.isEmpty)
    #expect(memory.usedBytes == 4_000_000)
    withExtendedLifetime(large) {}
  }

  @Test func nothingIsMadeForWhoHasGone() throws {
    let presence = ClientPresence()
    presence.noteClosed()
    #expect(throws: QueryError.abandoned) {
      try APIAnswer(json: Self.numbers(500_000)).negotiated(
        accept: nil, knownTags: nil, hold: AnswerMemory(limitBytes: 1 << 20).hold(for: presence),
        probe: QuestionProbe { presence.isGone })
    }
  }
}
