import Fleet
import Primitives
import Text

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
        ("measurement", Self.measurement), ("field", Self.field), ("step", "1m"), ("from", RFC3339.text(from)),
        ("to", RFC3339.text(to)), ("aggregate", "count,sum,min,max,avg"),
      ])
    Terminal.show("\(Self.measurement).\(Self.field) by the minute:")
    Terminal.show(answer.indented)
    let buckets = (answer["groups"]?.elements ?? []).flatMap { $0["buckets"]?.elements ?? [] }
    let expected = sent.rollup(
      measurement: Self.measurement, field: Self.field, stepNanos: minute, from: from, to: to)
    if expected.isEmpty || buckets.count != expected.count { return false }
    return zip(buckets, expected).allSatisfy { bucket, want in
      bucket["time"]?.text == RFC3339.text(want.time)
        && want.agrees(
          count: DemoCommand.number(bucket["count"]), sum: bucket["sum"]?.double ?? .nan,
          min: bucket["min"]?.double ?? .nan, max: bucket["max"]?.double ?? .nan)
    }
  }
}
