public import Primitives

/// Exactly what was sent, so that a receiver's answer can be checked against it.
///
/// Values are kept as one bucket a minute per (group, measurement, field); longer steps are merged from these when
/// asked for. So it holds `groups × fields × minutes` buckets of about 56 bytes, whatever the rate.
public struct FleetTally: Sendable {
  /// What the buckets are kept by.
  public enum Grouping: String, Sendable, CaseIterable {
    /// One group, of the empty name.
    case total
    /// A group per area code.
    case area
    /// A group per device id.
    case device
  }

  /// What was sent over one protocol.
  public struct TransportCount: Sendable, Equatable {
    /// Datagrams handed to the kernel, without retransmissions.
    public var datagrams = 0
    /// Payload bytes of those datagrams.
    public var bytes = 0
    /// Rows, doubled ones included.
    public var rows = 0
    /// Values, those of doubled rows included.
    public var readings = 0
    /// Syslog messages.
    public var events = 0
    /// CoAP: datagrams sent again for want of an answer.
    public var retransmitted = 0
    /// CoAP: confirmable datagrams sent.
    public var confirmable = 0
    /// CoAP: confirmable datagrams that were answered with success.
    public var acknowledged = 0
    /// CoAP: datagrams answered with an error or a reset.
    public var refused = 0
    /// CoAP: confirmable datagrams given up after the last retransmission, or open at the end.
    public var unanswered = 0
    /// Times that the kernel reported the receiver's port closed.
    public var unreachable = 0
  }

  /// What was sent of one measurement.
  public struct MeasurementCount: Sendable, Equatable {
    /// Rows, doubled ones included.
    public var rows = 0
    /// Values, those of doubled rows included.
    public var readings = 0
    /// Rows that equal one sent before.
    public var doubled = 0
    /// Rows sent out of order.
    public var late = 0
    /// Rows whose datagram was acknowledged.
    public var acknowledged = 0

    /// What a receiver keeps of them.
    public var distinctRows: Int { rows - doubled }
  }

  /// A field of a measurement that the tally has buckets of.
  struct FieldKey: Hashable, Sendable {
    var measurement: String
    var field: String
  }

  private struct Cursor {
    var minute = Int64.min
    var slot: Int32 = 0
  }

  /// What the buckets are kept by.
  public let grouping: Grouping
  /// Counts by protocol.
  public internal(set) var transports: [FleetTransport: TransportCount] = [:]
  /// Counts by measurement.
  public internal(set) var measurements: [String: MeasurementCount] = [:]
  /// Events by severity, 0…7.
  public internal(set) var eventsBySeverity = [Int](repeating: 0, count: 8)
  /// Records of a series that were not sent: their time or device could not be read, or their line was too long.
  public internal(set) var unreadableRows = 0
  /// The earliest and latest device time of a row; nil before the first.
  public private(set) var times: ClosedRange<UnixNanos>?
  /// The groups' names in the order of their first row.
  public private(set) var groups: [String] = []

  private(set) var fields: [FieldKey] = []
  private var groupNumbers: [String: Int] = [:]
  private var fieldNumbers: [FieldKey: Int] = [:]
  private var cursors: [[Cursor]] = []
  private var slots: [FleetBucket] = []
  private var keyOf: [BucketKey] = []
  private var slotOf: [BucketKey: Int32] = [:]

  private struct BucketKey: Hashable {
    var group: Int32
    var field: Int32
    var minute: Int64
  }

  /// A tally of nothing.
  public init(grouping: Grouping) {
    self.grouping = grouping
  }

  /// The number of the group that rows of a device belong to.
  mutating func group(device: String, area: String) -> Int {
    let name =
      switch grouping {
      case .total: ""
      case .area: area
      case .device: device
      }
    if let known = groupNumbers[name] { return known }
    groupNumbers[name] = groups.count
    groups.append(name)
    return groups.count - 1
  }

  /// The number of a field.
  mutating func field(_ field: String, of measurement: String) -> Int {
    let key = FieldKey(measurement: measurement, field: field)
    if let known = fieldNumbers[key] { return known }
    fieldNumbers[key] = fields.count
    fields.append(key)
    cursors.append([])
    return fields.count - 1
  }

  /// Takes a row's time into `times`.
  mutating func note(time: UnixNanos) {
    if let known = times {
      if !known.contains(time) { times = min(known.lowerBound, time)...max(known.upperBound, time) }
    } else {
      times = time...time
    }
  }

  /// Adds a value that was not sent before.
  mutating func add(_ value: Double, time: UnixNanos, group: Int, field: Int) {
    let minute = flooredDivision(time, by: Nanos.perMinute)
    while cursors[field].count <= group { cursors[field].append(Cursor()) }
    if cursors[field][group].minute != minute {
      let key = BucketKey(group: Int32(group), field: Int32(field), minute: minute)
      let slot: Int32
      if let known = slotOf[key] {
        slot = known
      } else {
        slot = Int32(slots.count)
        slots.append(FleetBucket(time: minute * Nanos.perMinute))
        keyOf.append(key)
        slotOf[key] = slot
      }
      cursors[field][group] = Cursor(minute: minute, slot: slot)
    }
    slots[Int(cursors[field][group].slot)].add(value)
  }

  /// The buckets of one field in time order: half-open UTC intervals of `stepNanos`, a multiple of a minute, whose
  /// rows lie in `from..<to`, which must be whole minutes. Empty buckets are left out.
  ///
  /// - Parameter group: only that group (an area code or a device id, as `grouping` says), nil for all of them.
  public func rollup(
    measurement: String, field: String, stepNanos: Int64, from: UnixNanos = .min, to: UnixNanos = .max,
    group: String? = nil
  ) -> [FleetBucket] {
    let merged = merge(measurement: measurement, field: field, stepNanos: stepNanos, from: from, to: to) { number in
      group == nil || groups[number] == group ? 0 : nil
    }
    return merged[0] ?? []
  }

  /// As `rollup`, the buckets of each group under its name.
  public func rollupByGroup(
    measurement: String, field: String, stepNanos: Int64, from: UnixNanos = .min, to: UnixNanos = .max
  ) -> [String: [FleetBucket]] {
    let merged = merge(measurement: measurement, field: field, stepNanos: stepNanos, from: from, to: to) { $0 }
    return Dictionary(uniqueKeysWithValues: merged.map { (groups[$0.key], $0.value) })
  }

  /// Merges the minutes of one field into steps; `target` says under which number a group goes, nil for nowhere.
  private func merge(
    measurement: String, field: String, stepNanos: Int64, from: UnixNanos, to: UnixNanos,
    target: (_ group: Int) -> Int?
  ) -> [Int: [FleetBucket]] {
    precondition(
      stepNanos > 0 && stepNanos % Nanos.perMinute == 0, "BUG: a rollup step of \(stepNanos) ns is no whole minutes")
    guard let fieldNumber = fieldNumbers[FieldKey(measurement: measurement, field: field)] else { return [:] }
    var merged: [Int: [UnixNanos: FleetBucket]] = [:]
    // In the order of their making, so that the sums are the same in every run.
    for (slot, key) in keyOf.enumerated() where Int(key.field) == fieldNumber {
      let bucket = slots[slot]
      guard bucket.time >= from, bucket.time < to, let number = target(Int(key.group)) else { continue }
      let time = flooredDivision(bucket.time, by: stepNanos) * stepNanos
      merged[number, default: [:]][time, default: FleetBucket(time: time)].merge(bucket)
    }
    return merged.mapValues { $0.values.sorted { $0.time < $1.time } }
  }

  /// What was sent in all.
  public var total: TransportCount {
    transports.values.reduce(into: TransportCount()) { sum, part in
      sum.datagrams += part.datagrams
      sum.bytes += part.bytes
      sum.rows += part.rows
      sum.readings += part.readings
      sum.events += part.events
      sum.retransmitted += part.retransmitted
      sum.confirmable += part.confirmable
      sum.acknowledged += part.acknowledged
      sum.refused += part.refused
      sum.unanswered += part.unanswered
      sum.unreachable += part.unreachable
    }
  }
}
