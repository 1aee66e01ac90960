import Foundation
import Telemetry
import Testing

/// The examples of RFC 8428 with their resolved forms, as JSON and encoded anew as CBOR.
struct SenMLVectorTests {
  static let folder: URL = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let captures =
      ProcessInfo.processInfo.environment["THINAI_CAPTURES"].map { URL(fileURLWithPath: $0) }
      ?? root.appendingPathComponent("../shared/captures")
    return captures.appendingPathComponent("vectors/senml")
  }()

  static var isThere: Bool { FileManager.default.fileExists(atPath: folder.path) }

  private func records(_ name: String) throws -> [[String: Any]] {
    let data = try Data(contentsOf: Self.folder.appendingPathComponent(name))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
  }

  /// A resolved record as its row must say it.
  private struct Reading: Hashable {
    var name: String
    var nanos: Int64
    var value: Double
    var unit: String
  }

  private func readings(resolved name: String) throws -> [Reading] {
    try records(name).map { record in
      Reading(
        name: try #require(record["n"] as? String),
        nanos: Int64(try #require(record["t"] as? Double)) * 1_000_000_000,
        value: try #require(record["v"] as? Double), unit: record["u"] as? String ?? "")
    }
  }

  /// What was decoded, with device and field put together to a name again.
  private func readings(_ pack: PlainPack, arrivalNanos: Int64) throws -> [Reading] {
    try pack.rows.flatMap { row in
      try row.fields.map { field in
        let parts = field.split(separator: "=", maxSplits: 1)
        let valueAndUnit = parts[1].split(separator: " ")
        let isIPv6 = row.device.hasPrefix("2001:")
        let name = parts[0] == "value" ? row.device : row.device + (isIPv6 ? "/" : ":") + parts[0]
        return Reading(
          name: name, nanos: row.timeNanos ?? arrivalNanos, value: try #require(Double(valueAndUnit[0])),
          unit: valueAndUnit.count > 1 ? String(valueAndUnit[1]) : "")
      }
    }
  }

  private func cbor(_ records: [[String: Any]]) -> [UInt8] {
    let labels: [String: Int64] = [
      "bn": -2, "bt": -3, "bu": -4, "n": 0, "u": 1, "v": 2, "t": 6,
    ]
    return CBOR.array(
      records.map { record in
        .map(
          record.map { key, value in
            let label = labels[key].map { CBOR.int($0) } ?? .text(key)
            if let text = value as? String { return (label, .text(text)) }
            let number = value as! Double
            return (label, number == number.rounded() ? .int(Int64(number)) : .double(number))
          })
      }
    ).encoded
  }

  @Test(
    .enabled(if: isThere, "no SenML vectors at THINAI_CAPTURES nor at ../shared/captures"),
    arguments: ["ex2", "ex4", "ex6", "ex8", "ex10", "ex12"])
  func resolves(example: String) throws {
    let expected = try readings(resolved: "\(example).gen.resolved.json")
    // The examples without a time were resolved at one instant, which is the arrival here.
    let arrivalNanos = try #require(expected.first).nanos
    for file in ["\(example).json", "\(example).gen.json"] {
      let text = try String(contentsOf: Self.folder.appendingPathComponent(file), encoding: .utf8)
      let packs = [
        PlainPack(json: text, arrivalNanos: arrivalNanos),
        PlainPack(cbor: cbor(try records(file)), arrivalNanos: arrivalNanos),
      ]
      for pack in packs {
        #expect(pack.verdict == .decoded)
        let found = try readings(pack, arrivalNanos: arrivalNanos)
        #expect(found.count == expected.count)
        #expect(Set(found) == Set(expected), "\(file)")
      }
    }
  }
}
