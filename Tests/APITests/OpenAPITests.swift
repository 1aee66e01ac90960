@testable import API
import HTTPTypes
import Testing

@Suite struct OpenAPITests {
  /// The paths of the document with the parameters of each; references are looked up by their name. Reads the few forms
  /// that the document is written in, line by line.
  static func documented() -> [String: [String: Bool]] {
    var paths: [String: [String: Bool]] = [:]
    var path: String?
    var required: [String: Bool] = [:]
    let lines = OpenAPIDocument.text.split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines where line.contains("in: query") || line.contains("in: path") {
      if let name = capture(line, after: "name: ") { required[name] = line.contains("required: true") }
    }
    for line in lines {
      if line.hasPrefix("components:") { break }
      if line.hasPrefix("  /"), line.hasSuffix(":") {
        path = String(line.dropFirst(2).dropLast())
        paths[path ?? ""] = [:]
      }
      guard let path, line.contains("- {") else { continue }
      if let name = capture(line, after: "#/components/parameters/") {
        // Headers are no part of a route's parameters.
        if let isRequired = required[name] { paths[path]?[name] = isRequired }
      } else if line.contains("in: query"), let name = capture(line, after: "name: ") {
        paths[path]?[name] = line.contains("required: true")
      }
    }
    return paths
  }

  static func capture(_ line: Substring, after mark: String) -> String? {
    guard let range = line.firstRange(of: mark) else { return nil }
    return String(line[range.upperBound...].prefix { $0.isLetter || $0 == "_" })
  }

  @Test func theDocumentIsTrueToTheRoutes() {
    let documented = Self.documented()
    #expect(Set(documented.keys) == Set(APIRoute.all.map(\.path)))
    for route in APIRoute.all {
      var wanted = Dictionary(uniqueKeysWithValues: route.parameters.map { ($0.name, $0.isRequired) })
      if route.path.contains("{id}") { wanted["id"] = true }
      #expect(documented[route.path] == wanted, "\(route.path)")
    }
  }

  @Test func everyReferenceIsThere() {
    let lines = OpenAPIDocument.text.split(separator: "\n")
    var names: Set<String> = []
    var section = ""
    for line in lines.drop(while: { !$0.hasPrefix("components:") }) {
      if line.hasPrefix("  "), !line.hasPrefix("   ") { section = String(line.dropFirst(2).dropLast()) }
      if line.hasPrefix("    "), !line.hasPrefix("     ") {
        names.insert("#/components/\(section)/\(line.dropFirst(4).prefix { $0 != ":" })")
      }
    }
    let references = OpenAPIDocument.text.matches(of: /\$ref: "([^"]*)"/).map { String($0.output.1) }
    #expect(!references.isEmpty && Set(references).subtracting(names).isEmpty)
    #expect(names.filter { !references.contains($0) }.isEmpty)
  }

  @Test func itIsNotSentTwice() async throws {
    let first = try await RouteTests.ask("/openapi.yaml")
    #expect(first.status == 200 && first.text.hasPrefix("openapi: 3.1.0\n"))
    let tag = try #require(first.headers[.eTag])
    let second = try await RouteTests.ask("/openapi.yaml", headers: [.ifNoneMatch: tag])
    #expect(second.status == 304 && second.text.isEmpty)
  }
}
