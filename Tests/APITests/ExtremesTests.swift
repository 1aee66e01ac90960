@testable import API
import Foundation
import HTTPTypes
import Hummingbird
import Lagoon
import Testing

/// Every route with every parameter at its extremes: an answer or a refusal that names the parameter, never a fault, and
/// never a question that takes long over next to nothing.
@Suite struct ExtremesTests {
  static let numbers = [
    "0", "-1", "-0", "+1", "1e9", "9223372036854775806", "9223372036854775807", "9223372036854775808",
    "18446744073709551615", "-9223372036854775808", "4294967296", "NaN", "", "%00", "1.5",
  ]
  static let times = [
    "0001-01-01T00:00:00Z", "1677-09-21T00:12:43Z", "1678-01-01T00:00:00Z", "1678-01-01T00:00:00%2B23:59",
    "1969-12-31T23:59:59.999999999Z", "2261-12-31T23:59:60Z", "2261-12-31T23:59:59-23:59",
    "2262-04-11T23:47:16.854775807Z", "9999-12-31T23:59:59.999999999Z", "2026-02-30T00:00:00Z", "-1", "now",
  ]
  static let cursors: [String] = {
    var made = ["-1", ".", "..", "0.-1", "-1.0", "é", "%00", "0", "00.00", "2e.2e"]
    made.append(String(repeating: "A", count: 5_000))
    let times: [UInt64] = [0, 1, 1 << 62, 1 << 63, UInt64.max - 1, UInt64.max, 1_763_640_000_000_000_000]
    let largest = UInt64(Int64.max)
    let skips: [UInt64] = [0, 1, 1 << 31, 1 << 32, 1 << 53, 1 << 62, largest - 1, largest, largest + 1, UInt64.max]
    for time in times {
      for skip in skips {
        let text = String(time, radix: 36) + "."
        made.append(text + String(skip, radix: 36))
      }
    }
    let versions: [Int64] = [Int64.min, -1, 0, Int64.max]
    for version in versions {
      let parts: [String] = [String(version), String(version), "d", "m", "f", "1m"]
      let change = parts.joined(separator: "\u{0}")
      made.append(OpaqueText.encode(change))
    }
    made.append(OpaqueText.encode("d1") + "." + OpaqueText.encode("m"))
    made.append(OpaqueText.encode("") + "." + OpaqueText.encode(String(repeating: "\u{7f}", count: 400)))
    return made
  }()
  static let steps = [
    "1m", "5m", "1h", "1d", "7d", "3660d", "3661d", "1ns", "0m", "0s", "-1m", "9223372036854775807m",
    "9999999h", "23h", "25h", "292y", "1000000d", "m", "",
  ]
  static let aggregates = [
    String(repeating: "avg,", count: 2_000) + "avg", String(repeating: "avg,", count: 2_000), "p99.999999", "p101",
    "p-1", "p0", "p0.1", "p99.9", "increase,rate,distinct,p50,first,last,stddev", ",",
  ]

  static func values(of name: String) -> [String] {
    switch name {
    case "from", "to": times
    case "cursor": cursors
    case "limit", "level", "since": numbers
    case "step": steps
    case "aggregate": aggregates
    case "group_by": GroupBy.allCases.map(\.rawValue) + [String(repeating: "x", count: 3_000)]
    default: ["", "%00", "%ff", "%C3%A9", String(repeating: "y", count: 9_000), "a%2Fb%2F..%2F..", "%"]
    }
  }

  /// A question that each route answers, to be spoilt in one place at a time.
  static let base: [String: [String: String]] = [
    "/v1/rollups": ["measurement": "weather", "field": "t", "step": "1m"], "/v1/changes": ["since": "0"],
    "/v1/devices/{id}/readings": ["measurement": "weather"],
  ]

  static func uri(_ route: APIRoute, _ parameters: [String: String]) -> String {
    let path = route.path.replacingOccurrences(of: "{id}", with: "sen-1")
    return path + "?" + parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "&")
  }

  @Test(arguments: APIRoute.all.map(\.path).filter { $0 != "/v1/stream" })
  func noExtremeIsAFault(path: String) async throws {
    let route = try #require(APIRoute.all.first { $0.path == path })
    let whole = Self.base[path] ?? [:]
    var uris: [(uri: String, parameter: String)] = []
    for parameter in route.parameters.map(\.name) {
      for value in Self.values(of: parameter) {
        uris.append((Self.uri(route, whole.merging([parameter: value]) { $1 }), parameter))
        // A long range with each step, and each time with a cursor.
        if parameter == "step" {
          let range = ["from": "1718-01-01T00:00:00Z", "to": "2221-01-01T00:00:00Z", parameter: value]
          uris.append((Self.uri(route, whole.merging(range) { $1 }), parameter))
        }
        if parameter == "cursor" && route.parameters.contains(where: { $0.name == "limit" }) {
          let page = ["limit": "10000", parameter: value]
          uris.append((Self.uri(route, whole.merging(page) { $1 }), parameter))
        }
      }
    }
    let client = RouterClient(FakeModel())
    for (uri, parameter) in uris {
      let answer = try await client.ask(uri)
      let text = answer.text
      #expect(answer.status.code < 500, "\(uri.prefix(300)): \(text.prefix(200))")
      if answer.status == .badRequest, text.contains("bad-parameter") {
        let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let named = json?["parameter"] as? String
        let isNamed = named == parameter || (parameter == "from" && named == "to")
        #expect(isNamed, "\(uri.prefix(300)): \(text.prefix(200))")
      }
    }
  }
}
