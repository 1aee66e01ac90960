import Foundation
import HTTPTypes
import Testing

@testable import API

/// The page's files: those of its folder and no others, to everybody.
@Suite struct PageFilesTests {
  private let folder = NSTemporaryDirectory() + "thinai-page-\(UUID().uuidString)"

  private func page(shapes: String? = nil) throws -> PageFiles {
    let facts = PageFiles.Facts(zoneName: "Asia/Ho_Chi_Minh", asksForTokens: true)
    return try PageFiles(folder: folder, shapes: shapes, facts: facts)
  }

  /// Makes the folder, of these files.
  private func make(_ files: [String: String]) throws {
    for (name, text) in files {
      let url = URL(fileURLWithPath: folder + "/" + name)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
  }

  private func remove() { try? FileManager.default.removeItem(atPath: folder) }

  private let index = ["index.html": "<!DOCTYPE html>"]

  @Test func whatLiesInTheFolderIsServed() async throws {
    defer { remove() }
    let long = String(repeating: "// words\n", count: 500)
    try make(index.merging(["app/main.js": long, "app/.hidden.js": "x", "notes.txt": "x", "a b.js": "x"]) { $1 })
    try FileManager.default.createSymbolicLink(atPath: folder + "/out.js", withDestinationPath: "/etc/passwd")
    try FileManager.default.createSymbolicLink(atPath: folder + "/etc", withDestinationPath: "/etc")
    let client = RouterClient(FakeModel(), page: try page())
    let root = try await client.ask("/")
    #expect(root.status == .ok && root.text == "<!DOCTYPE html>")
    #expect(root.headers[.contentType] == "text/html; charset=utf-8")
    #expect(root.headers[.contentSecurityPolicy]?.contains("script-src 'self'") == true)
    let script = try await client.ask("/web/app/main.js")
    #expect(script.text == long && script.headers[.contentType] == "text/javascript; charset=utf-8")
    let packed = try await client.ask("/web/app/main.js", headers: [.acceptEncoding: "gzip"])
    #expect(packed.headers[.contentEncoding] == "gzip" && packed.headers[.eTag] != script.headers[.eTag])
    let other = try await client.ask("/web/app/main.js", headers: [.acceptEncoding: "zstd"])
    #expect(other.headers[.contentEncoding] == nil && other.text == long)
    let tag = try #require(script.headers[.eTag])
    let again = try await client.ask("/web/app/main.js", headers: [.ifNoneMatch: tag])
    #expect(again.status == .notModified && again.text.isEmpty && again.headers[.eTag] == tag)
    let others = [
      "/web/app/.hidden.js", "/web/notes.txt", "/web/a%20b.js", "/web/out.js", "/web/etc/passwd", "/web/..", "/web",
    ]
    for path in others { #expect(try await client.ask(path).status == .notFound, "\(path)") }
    let settings = try await client.ask("/web/settings.json").text
    #expect(settings.hasPrefix(#"{"zone":"Asia/Ho_Chi_Minh","tokens":true,"shapes":false"#))
  }

  @Test func nothingIsChangedByThem() async throws {
    defer { remove() }
    try make(index)
    let client = RouterClient(FakeModel(), page: try page())
    for path in ["/", "/web/index.html", "/web/none.js"] {
      #expect(try await client.ask(path, method: .post).status == .methodNotAllowed)
    }
    #expect(try await RouterClient(FakeModel()).ask("/").status == .notFound)
  }

  @Test func shapesAreServedToo() async throws {
    defer { remove() }
    try make(index.merging(["areas.geojson": "{}", "more/shapes.json": #"{"type":"FeatureCollection"}"#]) { $1 })
    let client = RouterClient(FakeModel(), page: try page(shapes: folder + "/more/shapes.json"))
    let answer = try await client.ask("/web/areas.geojson")
    #expect(answer.text == #"{"type":"FeatureCollection"}"# && answer.headers[.contentType] == "application/geo+json")
    #expect(throws: PageFiles.Fault.self) { try page(shapes: folder + "/none.json") }
    #expect(throws: PageFiles.Fault.self) { try page(shapes: folder + "/index.html") }
  }

  @Test func aFolderWithoutAPageIsNone() throws {
    defer { remove() }
    #expect(throws: PageFiles.Fault.self) { try page() }
    try make(["main.js": ""])
    #expect(throws: PageFiles.Fault.self) { try page() }
  }

  @Test func everyAnswerTellsABrowserWhatItMayDo() {
    var headers: HTTPFields = [:]
    SecurityHeaders.add(to: &headers)
    #expect(headers[.contentSecurityPolicy] == "default-src 'none'; frame-ancestors 'none'")
    #expect(headers[SecurityHeaders.referrerName] == "same-origin" && headers[.xContentTypeOptions] == "nosniff")
    headers[.contentSecurityPolicy] = "default-src 'self'"
    SecurityHeaders.add(to: &headers)
    #expect(headers[.contentSecurityPolicy] == "default-src 'self'")
  }
}
