import Primitives

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
    var json = JSONText()
    json.beginObject()
    json.key("total")
    write(total, to: &json)
    json.key("protocols")
    json.beginObject()
    for transport in FleetTransport.allCases {
      guard let count = transports[transport] else { continue }
      json.key(transport.rawValue)
      write(count, to: &json)
    }
    json.endObject()
    json.key("measurements")
    json.beginObject()
    for (name, count) in measurements.sorted(by: { $0.key < $1.key }) {
      json.key(name)
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
    json.key("severities")
    json.beginArray()
    for count in eventsBySeverity { json.value(count) }
    json.endArray()
    json.member("unreadable", unreadableRows)
    if let times {
      json.key("first")
      json.value(String(times.lowerBound))
      json.key("last")
      json.value(String(times.upperBound))
    }
    if !stepsNanos.isEmpty {
      json.key("buckets")
      json.beginArray()
      for step in stepsNanos { writeBuckets(step: step, byGroup: byGroup, to: &json) }
      json.endArray()
    }
    json.endObject()
    return json.text
  }

  private func write(_ count: TransportCount, to json: inout JSONText) {
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

  private func writeBuckets(step: Int64, byGroup: Bool, to json: inout JSONText) {
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

  private func write(_ bucket: FleetBucket, of key: FieldKey, group: String?, step: Int64, to json: inout JSONText) {
    json.beginObject()
    json.key("measurement")
    json.value(key.measurement)
    json.key("field")
    json.value(key.field)
    if let group {
      json.key("group")
      json.value(group)
    }
    json.member("step", Int(step / Nanos.perSecond))
    json.member("time", Int(bucket.time / Nanos.perSecond))
    json.member("count", bucket.count)
    json.key("sum")
    json.value(bucket.sum)
    json.key("min")
    json.value(bucket.min)
    json.key("max")
    json.value(bucket.max)
    json.endObject()
  }
}
