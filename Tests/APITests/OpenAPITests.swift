@testable import API
import Foundation
import HTTPTypes
import Lagoon
import Testing
import Yams

/// The document as a YAML reader sees it, with references followed.
struct Document {
  let root: [String: Any]

  init() throws {
    root = try #require(try Yams.load(yaml: OpenAPIDocument.text) as? [String: Any])
  }

  /// The value, or what it refers to.
  func resolved(_ value: Any?) throws -> [String: Any] {
    let mapping = try #require(value as? [String: Any])
    guard let reference = mapping["$ref"] as? String else { return mapping }
    var place: Any? = root
    for name in reference.dropFirst(2).split(separator: "/") { place = (place as? [String: Any])?[String(name)] }
    return try resolved(place)
  }

  var paths: [String] {
    get throws { try resolved(root["paths"]).keys.sorted() }
  }

  func operation(_ path: String) throws -> [String: Any] {
    try resolved(try item(path)["get"])
  }

  private func item(_ path: String) throws -> [String: Any] { try resolved(try resolved(root["paths"])[path]) }

  func methods(_ path: String) throws -> Set<String> { Set(try item(path).keys.map { $0.uppercased() }) }

  /// Those that can be asked with GET.
  var readPaths: [String] {
    get throws {
      try paths.filter { path in
        // /ping says something, and has nothing to say.
        try methods(path).contains("GET") && resolved(try operation(path)["responses"])["200"] != nil
      }
    }
  }

  /// Of all methods of a path.
  func parameters(_ path: String) throws -> [[String: Any]] {
    try item(path).sorted { $0.key < $1.key }.flatMap { _, operation in
      try (try resolved(operation)["parameters"] as? [Any] ?? []).map { try resolved($0) }
    }
  }

  /// A parameter's closed set of values.
  func choices(_ path: String, _ name: String) throws -> [String] {
    let parameter = try #require(try parameters(path).first { $0["name"] as? String == name })
    let schema = try resolved(parameter["schema"])
    // A set that names of tags may stand beside.
    let first = (schema["anyOf"] as? [[String: Any]])?.first
    return try #require((first ?? schema)["enum"] as? [String])
  }

  /// The types of the answer 200.
  func types(_ path: String) throws -> Set<String> {
    let answer = try resolved(try resolved(try operation(path)["responses"])["200"])
    return Set(try resolved(answer["content"]).keys)
  }
}

@Suite struct OpenAPITests {
  @Test func itsParametersAreThoseOfTheRoutes() throws {
    let document = try Document()
    #expect(try document.paths == APIRoute.all.map(\.path).sorted())
    for route in APIRoute.all {
      let methods = Set(route.methods.map(\.rawValue)).subtracting(["HEAD"])
      #expect(try document.methods(route.path) == methods, "\(route.path)")
      if !methods.contains("GET") { continue }
      var wanted = Dictionary(uniqueKeysWithValues: route.parameters.map { ("query \($0.name)", $0.isRequired) })
      if route.path.contains("{id}") { wanted["path id"] = true }
      var found: [String: Bool] = [:]
      for parameter in try document.parameters(route.path) {
        let place = try #require(parameter["in"] as? String)
        if place == "header" { continue }
        let name = try #require(parameter["name"] as? String)
        let known = found.updateValue(parameter["required"] as? Bool ?? false, forKey: "\(place) \(name)")
        // What stands in the path stands there for every method.
        #expect(known == nil || place == "path")
      }
      #expect(found == wanted, "\(route.path)")
    }
  }

  @Test func itsChoicesAreThoseOfTheRoutes() throws {
    let document = try Document()
    #expect(try document.choices("/v1/rollups", "format") == RollupFormat.allCases.map(\.rawValue))
    #expect(try document.choices("/v1/rollups", "group_by") == GroupBy.allCases.map(\.rawValue))
    #expect(try document.choices("/v1/quality", "group_by") == GroupBy.allCases.map(\.rawValue))
    #expect(try document.choices("/v1/availability", "group_by") == GroupBy.allCases.map(\.rawValue))
    #expect(try document.choices("/v1/availability", "format") == ReportFormat.allCases.map(\.rawValue))
    #expect(try document.choices("/v1/availability", "list") == AvailabilityList.allCases.map(\.rawValue))
    #expect(try document.choices("/v1/devices/{id}/readings", "format") == AnswerFormat.allCases.map(\.rawValue))
    #expect(try document.choices("/v1/devices", "status") == DeviceStatus.allCases.map(\.rawValue))
    #expect(try document.choices("/v1/stream", "step") == ChangesQuery.steps)
  }

  /// Requests that are answered, those of a path one for each type that it may have. The stream has no end.
  static let requests = [
    "/v1/rollups?measurement=weather&field=t&step=1h", "/v1/rollups?measurement=weather&field=t&step=1h&format=csv",
    "/v1/rollups?measurement=weather&field=t&step=1h&format=arrow", "/v1/changes?since=0", "/v1/quality", "/v1/latest",
    "/v1/availability", "/v1/availability?format=csv", "/v1/availability?format=html",
    "/v1/counts", "/v1/session",
    "/v1/devices", "/v1/devices/sen-1", "/v1/devices/sen-1/readings?measurement=weather",
    "/v1/devices/sen-1/readings?measurement=weather&format=csv", "/v1/measurements", "/v1/events", "/v1/ledger",
    "/v1/refused",
    "/v1/areas", "/v1/rules",
    "/v1/alarms", "/v1/alarms/sen-1", "/v1/maintenance", "/v1/devices/sen-1/why", "/v1/audit", "/metrics",
    "/v1/alarms.cap", "/v1/alarms/sen-1/cap",
    "/healthz", "/readyz", "/openapi.yaml", "/health",
  ]

  @Test func itsTypesAreThoseOfTheAnswers() async throws {
    let document = try Document()
    var found: [String: Set<String>] = ["/v1/stream": ["text/event-stream"]]
    for request in Self.requests {
      let answer = try await RouteTests.ask(request)
      #expect(answer.status == 200, "\(request)")
      let path = String(request.prefix { $0 != "?" })
      let route = try #require(APIRoute.all.first { $0.matches(path) })
      let type = try #require(answer.headers[.contentType]).prefix { $0 != ";" }
      #expect(found[route.path, default: []].insert(String(type)).inserted, "\(request)")
    }
    for path in try document.readPaths { #expect(try document.types(path) == found[path], "\(path)") }
  }

  /// An answer that a client may keep says so in the document, and no other does.
  @Test func itsTagsAreThoseOfTheAnswers() async throws {
    let document = try Document()
    let closed = "&from=2025-11-20T10:00:00Z&to=2025-11-20T11:00:00Z"
    for request in Self.requests {
      let path = String(request.prefix { $0 != "?" })
      let route = try #require(APIRoute.all.first { $0.matches(path) })
      let answer = try await RouteTests.ask(path == "/v1/rollups" ? request + closed : request)
      let responses = try document.resolved(try document.operation(route.path)["responses"])
      #expect((responses["304"] != nil) == (answer.headers[.eTag] != nil), "\(request)")
      let headers = try document.parameters(route.path).filter { $0["in"] as? String == "header" }
      #expect(headers.map { $0["name"] as? String } == (answer.headers[.eTag] == nil ? [] : ["If-None-Match"]))
    }
  }

  @Test func everyComponentIsUsed() throws {
    let document = try Document()
    let components = try document.resolved(document.root["components"])
    var names: Set<String> = []
    // Schemes of security are referred to by their names.
    for section in components.keys where section != "securitySchemes" {
      for name in try document.resolved(components[section]).keys { names.insert("#/components/\(section)/\(name)") }
    }
    let references = Set(OpenAPIDocument.text.matches(of: /\$ref: "([^"]*)"/).map { String($0.output.1) })
    #expect(!references.isEmpty && references == names)
  }

  @Test func itIsNotSentTwice() async throws {
    let first = try await RouteTests.ask("/openapi.yaml")
    #expect(first.status == 200 && first.text.hasPrefix("openapi: 3.1.0\n"))
    let tag = try #require(first.headers[.eTag])
    let second = try await RouteTests.ask("/openapi.yaml", headers: [.ifNoneMatch: tag])
    #expect(second.status == 304 && second.text.isEmpty)
  }
}
