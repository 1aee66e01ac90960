import Primitives
import Testing

@testable import Fleet

struct FleetTallyTests {
  @Test func mergesMinutesIntoSteps() {
    var tally = FleetTally(grouping: .area)
    let field = tally.field("v", of: "m")
    let east = tally.group(device: "a", area: "52001")
    let west = tally.group(device: "b", area: "52002")
    #expect(tally.group(device: "c", area: "52001") == east)
    for second in stride(from: Int64(-120), to: 7_200, by: 30) {
      tally.add(Double(second), time: second * Nanos.perSecond, group: second % 60 == 0 ? east : west, field: field)
    }
    let hours = tally.rollup(measurement: "m", field: "v", stepNanos: Nanos.perHour)
    #expect(hours.map(\.time) == [-Nanos.perHour, 0, Nanos.perHour])
    #expect(hours.map(\.count) == [4, 120, 120])
    #expect(hours[0].agrees(count: 4, sum: -300, min: -120, max: -30))
    let minutes = tally.rollup(
      measurement: "m", field: "v", stepNanos: Nanos.perMinute, from: Nanos.perMinute, to: 3 * Nanos.perMinute,
      group: "52002")
    #expect(minutes.map(\.time) == [Nanos.perMinute, 2 * Nanos.perMinute])
    #expect(minutes.map(\.sum) == [90, 150])
    #expect(tally.rollup(measurement: "m", field: "w", stepNanos: Nanos.perHour).isEmpty)
    #expect(tally.rollup(measurement: "m", field: "v", stepNanos: Nanos.perHour, group: "99").isEmpty)
  }

  /// A naive sum loses the small values behind the large one.
  @Test func sumsToTheLastDigit() {
    var bucket = FleetBucket(time: 0)
    bucket.add(1e16)
    for _ in 0..<1_000 { bucket.add(1) }
    bucket.add(-1e16)
    #expect(bucket.sum == 1_000)
    var other = FleetBucket(time: 0)
    other.add(0.5)
    other.merge(bucket)
    #expect(other.sum == 1_000.5 && other.count == 1_003)
  }

  @Test func tellsWhatDiffers() {
    var bucket = FleetBucket(time: 0)
    for value in [20.5, 21.0, 19.75] { bucket.add(value) }
    #expect(bucket.agrees(count: 3, sum: 61.25, min: 19.75, max: 21))
    #expect(!bucket.agrees(count: 2, sum: 61.25, min: 19.75, max: 21))
    #expect(!bucket.agrees(count: 3, sum: 61.26, min: 19.75, max: 21))
    #expect(!bucket.agrees(count: 3, sum: 61.25, min: 19.7, max: 21))
    #expect(!bucket.agrees(count: 3, sum: 61.25, min: 19.75, max: 21.1))
  }

  @Test func writesJSON() {
    var tally = FleetTally(grouping: .device)
    let field = tally.field("v\"1", of: "m")
    let group = tally.group(device: "trạm\n1", area: "")
    tally.add(1.5, time: Nanos.perMinute, group: group, field: field)
    tally.add(-0.25, time: Nanos.perMinute, group: group, field: field)
    tally.note(time: Nanos.perMinute)
    let json = tally.json(stepsNanos: [Nanos.perMinute], byGroup: true)
    #expect(json.hasPrefix("{\"total\":{\"datagrams\":0,\"bytes\":0,"))
    #expect(json.contains("\"severities\":[0,0,0,0,0,0,0,0],\"unreadable\":0,\"first\":\"60000000000\""))
    #expect(
      json.hasSuffix(
        "\"buckets\":[{\"measurement\":\"m\",\"field\":\"v\\\"1\",\"group\":\"trạm\\n1\",\"step\":60,\"time\":60,"
          + "\"count\":2,\"sum\":1.25,\"min\":-0.25,\"max\":1.5}]}"))
  }
}
