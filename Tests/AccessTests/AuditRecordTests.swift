import Primitives
import Testing

@testable import Access

/// The chain, and what may stand in a line.
@Suite struct AuditRecordTests {
  private func line(_ path: String, name: String = "ioc", query: String = "", time: UnixNanos = 0) -> AuditLine {
    AuditLine(
      time: time, name: name, address: "[::1]:9", method: "GET", path: path, query: query, status: 200, rows: 2,
      bytes: 7, durationMicros: 3)
  }

  @Test func eachStandsBehindTheOneBefore() {
    var chain = AuditChain(node: "n")
    let first = chain.append(line("/a"))
    let second = chain.append(line("/a"))
    #expect(first.sequence == 1 && first.previous == AuditRecord.origin && second.previous == first.hash)
    // The same said twice, at one instant, is two.
    #expect(first.hash != second.hash && chain.sequence == 2 && chain.hash == second.hash)
    #expect(first.computedHash == first.hash && first.hash.utf8.count == 64)
  }

  /// As an auditor computes it, by the page that says how (sha256sum).
  @Test func theHashIsTheOneThatIsDocumented() {
    var chain = AuditChain(node: "n")
    let record = chain.append(line("/a", query: "b=ế", time: 1_500))
    // 64 zeros, then 1:n1:11:13:ioc7:[::1]:93:GET2:/a5:b=ế3:2001:21:71:3, to sha256sum
    #expect(record.hash == "960f35c927870e0eb5c83f22c63b35cc6e8f9c1ea9696c9146b5137faedb485f")
  }

  @Test func everyValueIsInTheHash() {
    var chain = AuditChain(node: "n")
    let record = chain.append(self.line("/a", query: "q"))
    func changed(_ change: (inout AuditRecord) -> Void) -> Bool {
      var other = record
      change(&other)
      return other.computedHash != record.hash
    }
    func line(
      time: UnixNanos = 0, name: String = "ioc", address: String = "[::1]:9", method: String = "GET",
      path: String = "/a", query: String = "q", status: Int = 200, rows: Int? = 2, bytes: Int? = 7,
      durationMicros: Int? = 3
    ) -> AuditLine {
      AuditLine(
        stored: time, name: name, address: address, method: method, path: path, query: query, status: status,
        rows: rows, bytes: bytes, durationMicros: durationMicros)
    }
    #expect(!changed { $0.line = line() })
    let others = [
      line(time: 1_000), line(name: ""), line(address: "x"), line(method: "PUT"), line(path: "/b"), line(query: ""),
      line(status: 404), line(rows: nil), line(rows: 0), line(bytes: nil), line(durationMicros: 4),
      // What moves from one value to the next is another line.
      line(path: "/aq", query: ""),
    ]
    for other in others { #expect(changed { $0.line = other }, "\(other)") }
    #expect(changed { $0.node = "m" } && changed { $0.sequence = 2 } && changed { $0.previous = "" })
  }

  @Test func textsThatLookAlikeAreNot() {
    var (one, other) = (AuditChain(node: "n"), AuditChain(node: "n"))
    #expect(one.append(line("/Nh\u{1A1}n")).hash != other.append(line("/Nho\u{31B}n")).hash)
  }

  @Test func longTextsAreCutBetweenCharacters() {
    let path = "/" + String(repeating: "ế", count: 3_000)
    let cut = line(path, name: String(repeating: "ơ", count: 64))
    #expect(cut.path.utf8.count <= Limits.auditTextBytes && cut.path.hasSuffix("ế…"))
    #expect(path.hasPrefix(cut.path.dropLast()))
    #expect(cut.name.utf8.count == 128)
  }

  @Test(arguments: [UnixNanos.min, -1, 0, 1, 999, 1_000, .max]) func timesAreWholeMicroseconds(_ time: UnixNanos) {
    let line = line("/", time: time)
    #expect(line.time % 1_000 == 0 && (line.time <= time || time == .min))
  }

  @Test func aPlaceComesBack() {
    var chain = AuditChain(node: "qn-01")
    let place = AuditQuery.Place(chain.append(line("/", time: -5_000)))
    #expect(AuditQuery.Place(place.text) == place)
    for text in ["", "1", "1.2", "a.2.n", "1.2.n.m"] { #expect(AuditQuery.Place(text) == nil, "\(text)") }
  }
}

/// What looks like a token never stands in a line.
@Suite struct TokenMaskTests {
  static let token = "thn_" + String(repeating: "aB3-_", count: 8) + "xyz"
  static let web = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"

  @Test(arguments: [
    "token=\(token)", "a=1&token=\(token)&b=2", "\(token)", "\(token)=1", "x=%74hn_\(token.dropFirst(4))",
    "x=%2574hn_\(token.dropFirst(4))", "x=Bearer+\(token)", "t=\(web)", "t=%65yJ\(web.dropFirst(3))",
    "x=%zz%74hn_\(token.dropFirst(4))", "a=\(token)&a=\(web)",
  ]) func aQueryLosesIts(_ query: String) {
    let masked = TokenMask.masked(query: query)
    #expect(!masked.contains(Self.token.dropFirst(4)) && !masked.contains(Self.web.dropFirst(3)), "\(masked)")
    #expect(masked.contains(TokenMask.mask))
  }

  @Test func theRestStays() {
    #expect(TokenMask.masked(query: "a=1&t=\(Self.token)&b=%20") == "a=1&t=[token]&b=%20")
    #expect(TokenMask.masked(path: "/v1/devices/\(Self.token)/readings") == "/v1/devices/[token]/readings")
  }

  @Test(arguments: [
    "", "a=1", "measurement=weather&field=t", "device=thn_1", "a=%E1%BA%BF&&=", "name=eyJ", "thn=4", "a=thn_",
    "eyJ.a=1",
  ]) func othersStayAsTheyAre(_ query: String) {
    #expect(TokenMask.masked(query: query) == query)
  }
}
