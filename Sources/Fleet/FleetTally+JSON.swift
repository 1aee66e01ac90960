import Primitives
import Text

extension FleetTally {
  /// The tally as one JSON object:
  ///
  ///     {"total":{…},"protocols":{"line":{"datagrams":…}},"measurements":{"weather":{"rows":…}},
  ///      "severities":[…],"unreadable":0,"first":"<ns>","last":"<ns>",
  ///      "buckets":[{"measurement":…,"field":…,"group":…,"step":…,"time":<seconds>,"count":…,"sum":…,"min":…,"max":…}]}
  ///
  /// - Parameter stepsNanos: the steps, multiples of a minute, to list buckets of; none by default.
  /// - Parameter byGroup: whether buckets are listed per group, else over all of them (`group` is then left out).
  public func json(stepsNanos: [Int64] = [], byGroup: Bool = false) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.name("total")
    write(total, to: &json)
    json.name("protocols")
    json.beginObject()
    for transport in FleetTransport.allCases {
      guard let count = transports[transport] else { continue }
      json.name(transport.rawValue)
      write(count, to: &json)
    }
    json.endObject()
    json.name("measurements")
    json.beginObject()
    for (name, count) in measurements.sorted(by: { $0.key < $1.key }) {
      json.name(name)
      json.beginObject()
      json.member("rows", count.rows)
      json.member("distinct", count.distinctRows)
      json.member("readings", count.readings)
      json.member("doubled", count.doubled)
      json.member("late", count.late)
      json.member("acknowledged", count.acknowledged)
      json.endObject()
    }
    json.endObject()
    json.name("severities")
    json.beginArray()
    for count in eventsBySeverity { json.integer(count) }
    json.endArray()
    json.member("unreadable", unreadableRows)
    if let times {
      json.name("first")
      json.string(String(times.lowerBound))
      json.name("last")
      json.string(String(times.upperBound))
    }
    if !stepsNanos.isEmpty {
      json.name("buckets")
      json.beginArray()
      for step in stepsNanos { writeBuckets(step: step, byGroup: byGroup, to: &json) }
      json.endArray()
    }
    json.endObject()
    return String(decoding: json.bytes, as: UTF8.self)
  }

  private func write(_ count: TransportCount, to json: inout JSONWriter) {
    json.beginObject()
    json.member("datagrams", count.datagrams)
    json.member("bytes", count.bytes)
    json.member("rows", count.rows)
    json.member("readings", count.readings)
    json.member("events", count.events)
    json.member("retransmitted", count.retransmitted)
    json.member("confirmable", count.confirmable)
    json.member("acknowledged", count.acknowledged)
    json.member("refused", count.refused)
    json.member("unanswered", count.unanswered)
    json.member("unreachable", count.unreachable)
    json.endObject()
  }

  private func writeBuckets(step: Int64, byGroup: Bool, to json: inout JSONWriter) {
    for key in fields.sorted(by: { ($0.measurement, $0.field) < ($1.measurement, $1.field) }) {
      if byGroup {
        let parts = rollupByGroup(measurement: key.measurement, field: key.field, stepNanos: step)
        for (group, buckets) in parts.sorted(by: { $0.key < $1.key }) {
          for bucket in buckets { write(bucket, of: key, group: group, step: step, to: &json) }
        }
      } else {
        for bucket in rollup(measurement: key.measurement, field: key.field, stepNanos: step) {
          write(bucket, of: key, group: nil, step: step, to: &json)
        }
      }
    }
  }

  private func write(_ bucket: FleetBucket, of key: FieldKey, group: String?, step: Int64, to json: inout JSONWriter) {
    json.beginObject()
    json.name("measurement")
    json.string(key.measurement)
    json.name("field")
    json.string(key.field)
    if let group {
      json.name("group")
      json.string(group)
    }
    json.member("step", Int(step / Nanos.perSecond))
    json.member("time", Int(bucket.time / Nanos.perSecond))
    json.member("count", bucket.count)
    json.name("sum")
    json.double(bucket.sum)
    json.name("min")
    json.double(bucket.min)
    json.name("max")
    json.double(bucket.max)
    json.endObject()
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: StaticString, _ number: Int) {
    self.name(name)
    integer(number)
  }
}
