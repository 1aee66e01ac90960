@testable import API
import HTTPTypes
import Testing
import Zstd

@Suite struct EncodingTests {
  @Test(
    arguments: [
      (nil, .identity), ("", .identity), ("gzip", .gzip), ("GZIP", .gzip), ("gzip, zstd", .zstd), ("*", .gzip),
      ("*;q=0, zstd", .zstd), ("gzip;q=0.5, identity;q=0.6", .identity), ("gzip;q=0, *", .zstd), ("*;q=0", nil),
      ("identity;q=0", nil), ("identity;q=0, gzip;q=0.001", .gzip), ("gzip;q=1.001", .identity),
      (",,gzip;q=", .identity),
      ("gzip;q=0.5;x=1", .identity), ("gzip;q=0.1234", .identity), ("\tgzip ;\tq=0.3\t", .gzip),
    ] as [(String?, ContentCoding?)])
  func theHeaviestCodingIsTaken(accept: String?, coding: ContentCoding?) {
    #expect(AcceptedCodings(accept).choice(isWorthwhile: true) == coding)
  }

  @Test func whatGainsNothingIsPackedOnlyIfItMustBe() {
    #expect(AcceptedCodings("gzip, zstd").choice(isWorthwhile: false) == .identity)
    #expect(AcceptedCodings("zstd;q=0.1, identity;q=0").choice(isWorthwhile: false) == .zstd)
  }

  @Test func zstdComesBack() throws {
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7) }
    let packed = try ContentCoding.zstd.encoded(bytes) {}
    #expect(packed.withUnsafeBytes { ZstdCodec().decompress($0, byteCount: bytes.count) } == bytes)
  }

  /// The frame's head and its trailer, which says the length; other readers unpack it in the black-box checks.
  @Test(arguments: [0, 1, 65_536, 3_000_000])
  func gzipIsWhole(count: Int) throws {
    let packed = try ContentCoding.gzip.encoded([UInt8](repeating: 7, count: count)) {}
    #expect(Array(packed.prefix(3)) == [0x1f, 0x8b, 8])
    let length = packed.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(length == count && packed.count < 64 + count / 300)
  }

  @Test func tagsAreComparedWeakly() {
    #expect(EntityTag.isNamed("W/\"a\"", in: "\"a\"") && EntityTag.isNamed("\"a\"", in: "\"b\" ,W/\"a\""))
    #expect(EntityTag.isNamed("\"a\"", in: " *") && EntityTag.isNamed("\"a,b\"", in: "\"x,\", \"a,b\""))
    for field in ["", "a", "\"a", "\"A\"", "W/a", "\"b\" junk \"a\""] {
      #expect(!EntityTag.isNamed("\"a\"", in: field))
    }
  }

  @Test func aTagChangesWithAnyByteThatCounts() throws {
    let bytes = Array("0123456789".utf8)
    let tag = EntityTag(ofContent: bytes, passing: 3..<5)
    #expect(tag.isWeak && tag.text(.gzip) == tag.text(.identity))
    for place in bytes.indices {
      var other = bytes
      other[place] += 1
      #expect((EntityTag(ofContent: other, passing: 3..<5) == tag) == (3..<5).contains(place))
    }
    let strong = EntityTag(ofContent: bytes)
    #expect(Set(ContentCoding.allCases.map(strong.text)).count == 3 && !strong.isWeak)
  }

  @Test func anAnswerThatStandsIsNotSentAgain() async throws {
    let uri = "/v1/rollups?measurement=weather&field=t&step=5m&from=2025-11-20T11:00:00Z&to=2025-11-20T11:55:00Z"
    let first = try await RouteTests.ask(uri)
    let tag = try #require(first.headers[.eTag])
    #expect(tag.hasPrefix("W/\"") && first.headers[.cacheControl] == "no-cache" && first.status == 200)
    let second = try await RouteTests.ask(uri, headers: [.ifNoneMatch: tag, .acceptEncoding: "gzip"])
    #expect(second.status == 304 && second.text.isEmpty && second.headers[.eTag] == tag)
    // One bucket more, which the watermark has not passed.
    let open = try await RouteTests.ask(uri.replacing("11:55:00Z", with: "11:55:01Z"))
    #expect(open.status == 200 && open.headers[.eTag] == nil && open.headers[.cacheControl] == "no-store")
  }
}
