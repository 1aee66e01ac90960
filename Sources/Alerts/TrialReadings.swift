import Lagoon
import Primitives
import Rollups
import Telemetry

/// Why a trial cannot be run.
public struct TrialError: Error, CustomStringConvertible, Sendable {
  public var description: String
}

/// What one slice holds of the readings that a rule looks at.
struct TrialReadings {
  struct Reading {
    var time: UnixNanos
    var value: Double
    var origin = 0
  }

  private let choice: SubjectChoice
  private let slice: Range<UnixNanos>
  private var subjects: [String: Int] = [:]
  private var readings: [[Reading]] = []
  private var count = 0
  /// Whether who asks still waits, and how much a trial may hold.
  private let probe: QuestionProbe

  init(choice: SubjectChoice, slice: Range<UnixNanos>, probe: QuestionProbe) {
    self.choice = choice
    self.probe = probe
    self.slice = slice
  }

  /// By subject, each in the order of time.
  func bySubject() -> [(String, [Reading])] {
    subjects.map { subject, number in (subject, readings[number].sorted { $0.time < $1.time }) }
  }

  /// Adds the numbers in a field.
  mutating func addColumn(
    _ field: String, of table: TableView, reader: any PartReading, origins: inout TrialOrigins
  ) throws {
    try forEachSource(of: table, fields: [field], reader) { source, numbers, readings in
      guard let column = source.column(of: field) else { return }
      let known = origins.numbers(of: source.series, where: { numbers[$0] >= 0 })
      let unit = source.precision.unitNanos
      for chunk in source.chunks {
        chunk.withColumn(column) { rows in
          for row in rows.times.indices where rows.tags[row] != ValueTag.null.rawValue {
            let number = numbers[Int(rows.series[row])]
            let tag = ValueTag(rawValue: rows.tags[row])
            guard number >= 0, let value = DecimalNumber.double(tag: tag, payload: rows.payloads[row]) else { continue }
            readings.append(
              Reading(time: rows.times[row] * unit, value: value, origin: known[Int(rows.series[row])]), to: number)
          }
        }
      }
    }
  }

  /// Adds the times of rows, whatever they hold. What the node told itself is no word of the device.
  mutating func addTimes(of table: TableView, reader: any PartReading) throws {
    try forEachSource(of: table, fields: [], leavesOutTold: true, reader) { source, numbers, readings in
      let unit = source.precision.unitNanos
      for chunk in source.chunks {
        chunk.withTimes { series, times in
          for row in times.indices {
            let number = numbers[Int(series[row])]
            if number >= 0 { readings.append(Reading(time: times[row] * unit, value: 0), to: number) }
          }
        }
      }
    }
  }

  private mutating func append(_ reading: Reading, to number: Int) {
    guard slice.contains(reading.time) else { return }
    readings[number].append(reading)
    count += 1
  }

  private mutating func forEachSource(
    of table: TableView, fields: [String], leavesOutTold: Bool = false, _ reader: any PartReading,
    _ body: (RowSource, _ numbers: [Int], _ readings: inout TrialReadings) -> Void
  ) throws {
    for part in table.parts where part.newest >= slice.lowerBound && part.oldest < slice.upperBound {
      let source = try reader.scan(
        ScanRequest(
          table: table.name, path: part.path, from: slice.lowerBound, to: slice.upperBound, fields: fields,
          arrivals: false))
      body(source, numbers(of: source, leavesOutTold), &self)
      try checkSize()
    }
    for source in table.unsealed {
      body(source, numbers(of: source, leavesOutTold), &self)
      try checkSize()
    }
  }

  private func checkSize() throws {
    if count > Limits.trialReadings {
      throw TrialError(description: "cannot try a rule: more than \(Limits.trialReadings) readings within a minute")
    }
    try probe.check(holding: count * MemoryLayout<Reading>.stride)
  }

  /// The subject's number of each series; -1 for those that are not asked for.
  private mutating func numbers(of source: RowSource, _ leavesOutTold: Bool) -> [Int] {
    (0..<source.series.count).map { index in
      let series = UInt32(index)
      if leavesOutTold && source.series.isTold(series) { return -1 }
      let device = source.series.device(series)
      guard let subject = choice.subject(ofDevice: device, at: slice.lowerBound) else { return -1 }
      if let known = subjects[subject] { return known }
      subjects[subject] = readings.count
      readings.append([])
      return readings.count - 1
    }
  }
}

/// Numbers for what readings came from, as far as the aggregate asks: series of counters, devices that are counted.
struct TrialOrigins {
  private let aggregate: Aggregate
  private var known: [[UInt8]: Int] = [:]

  init(_ aggregate: Aggregate) {
    self.aggregate = aggregate
  }

  /// By series; 0 where it does not matter.
  mutating func numbers(of list: SeriesList, where isWanted: (Int) -> Bool) -> [Int] {
    var numbers = [Int](repeating: 0, count: list.count)
    guard aggregate.isOfCounter || aggregate == .distinct else { return numbers }
    for index in numbers.indices where isWanted(index) {
      let series = UInt32(index)
      let key =
        aggregate == .distinct
        ? Array(list.device(series).utf8) : list.canonicalKey(series).withUnsafeBytes { Array($0) }
      let number = known[key] ?? known.count
      known[key] = number
      numbers[index] = number
    }
    return numbers
  }
}
