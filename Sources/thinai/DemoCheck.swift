import Fleet
import Foundation
import Primitives

/// Asks for one rollup, as the IOC would, and compares it with what the fleet sent.
struct DemoCheck {
  let sent: FleetTally
  let client: ServerClient
  private static let measurement = "weather"
  private static let field = "temperature"

  func rollupAgrees() async throws -> Bool {
    guard let times = sent.times else { return false }
    let minute = Nanos.perMinute
    let from = times.lowerBound / minute * minute
    let to = (times.upperBound / minute + 1) * minute
    let answer = try await client.object(
      "/v1/rollups",
      [
        ("measurement", Self.measurement), ("field", Self.field), ("step", "1m"), ("from", Self.text(from)),
        ("to", Self.text(to)), ("aggregate", "count,sum,min,max,avg"),
      ])
    Terminal.show("\(Self.measurement).\(Self.field) by the minute:")
    let shown = try JSONSerialization.data(withJSONObject: answer, options: [.prettyPrinted, .sortedKeys])
    Terminal.show(String(decoding: shown, as: UTF8.self))
    let groups = answer["groups"] as? [[String: Any]] ?? []
    let buckets = groups.flatMap { $0["buckets"] as? [[String: Any]] ?? [] }
    let expected = sent.rollup(
      measurement: Self.measurement, field: Self.field, stepNanos: minute, from: from, to: to)
    if expected.isEmpty || buckets.count != expected.count { return false }
    return zip(buckets, expected).allSatisfy { bucket, want in
      bucket["time"] as? String == Self.text(want.time)
        && want.agrees(
          count: DemoCommand.number(bucket["count"]), sum: Self.double(bucket["sum"]), min: Self.double(bucket["min"]),
          max: Self.double(bucket["max"]))
    }
  }

  private static func double(_ value: Any?) -> Double {
    (value as? NSNumber)?.doubleValue ?? .nan
  }

  private static func text(_ nanos: UnixNanos) -> String {
    ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: Double(nanos / Nanos.perSecond)))
  }
}
