import Lagoon
import Pipeline
import Primitives
import Rollups

/// Rollups beside plain arrays: the readings are asked for, each bucket is made of them one by one, and the engine must
/// say the same, whatever it has stored, merged or cached.
struct Questions {
  private struct Reading {
    var device: String
    var time: UnixNanos
    var value: Double
  }

  let house: House
  let seed: UInt64

  /// Asks some questions; how many. A question to a dead machine says nothing.
  func run(isDead: () -> Bool) throws -> Int {
    var random = SeededNumbers(seed)
    var asked = 0
    for _ in 0..<4 {
      let measurement = random.one(of: Traffic.measurements)
      let field = random.one(of: Traffic.fields)
      let step = random.one(of: ["1m", "5m", "1h", "1d"])
      let groups = random.one(of: [GroupBy.none, .device])
      let view = house.pipeline.view()
      let rows = try Answers(house).results(of: measurement)
      if isDead() { return asked }
      let readings = rows.compactMap { row -> Reading? in
        guard let field = row.fields.first(where: { $0.name == field }), let value = Self.number(field.value) else {
          return nil
        }
        return Reading(device: row.device, time: row.time, value: value)
      }
      let newest = (rows.map(\.time).max() ?? 0) + 1
      // A day of minutes is what may be asked for at once.
      guard let step = Step(step), rows.contains(where: { $0.fields.contains { $0.name == field } }) else { continue }
      let length = step.days > 0 ? step.days * Nanos.perDay : step.nanos
      let earliest = newest - Int64(random.number(1...1_440)) * 60 * Nanos.perSecond
      // Of a bucket that begins before it, only the readings from it on are asked for.
      let from = random.once(in: 2) ? earliest : flooredDivision(earliest, by: length) * length
      let query = RollupQuery(
        measurement: measurement, field: field, step: step, from: from, to: newest,
        aggregates: [.count, .sum, .minimum, .maximum, .first, .last], groupBy: groups)
      let answer = try query.run(on: view, directory: EmptyDirectory(), zone: .utc)
      if isDead() { return asked }
      asked += 1
      try compare(answer, readings, query, step)
    }
    return asked
  }

  private static func number(_ value: ReadingValue) -> Double? {
    switch value {
    case .integer, .decimal, .double: Double(RowText.text(value))
    case .boolean, .string: nil
    }
  }

  private func compare(
    _ answer: RollupAnswer, _ readings: [Reading], _ query: RollupQuery, _ step: Step
  ) throws(Fault) {
    let length = step.days > 0 ? step.days * Nanos.perDay : step.nanos
    var wanted: [String: [Reading]] = [:]
    for reading in readings where reading.time >= query.from && reading.time < query.to {
      let bucket = flooredDivision(reading.time, by: length) * length
      wanted["\(query.groupBy == .none ? "" : reading.device) \(bucket)", default: []].append(reading)
    }
    for group in answer.groups {
      for cell in group.cells {
        let place = "\(group.name) \(cell.time)"
        guard let readings = wanted.removeValue(forKey: place) else {
          throw Fault(.answer, "\(query): a bucket that has no readings: \(place), count \(cell.bucket.count)")
        }
        try compare(cell, readings, "\(query.measurement).\(query.field) by \(step.name), \(place)")
      }
    }
    if let place = wanted.keys.sorted().first { throw Fault(.answer, "\(query): a bucket is missing: \(place)") }
  }

  private func compare(_ cell: RollupAnswer.Cell, _ readings: [Reading], _ place: String) throws(Fault) {
    func told(_ aggregate: Aggregate) -> Double {
      var quantile = 0
      switch cell.value(of: aggregate, quantile: &quantile) {
      case .integer(let value): return Double(value)
      case .double(let value): return value
      case .digits(let mantissa, let scale):
        return (0..<scale).reduce(Double(mantissa)) { value, _ in value / 10 }
      }
    }
    func check(_ aggregate: Aggregate, _ wanted: Double, within: Double = 0) throws(Fault) {
      let value = told(aggregate)
      if abs(value - wanted) <= within || value == wanted { return }
      throw Fault(.answer, "\(place): \(aggregate) is \(value), and of the readings it is \(wanted)")
    }
    let values = readings.map(\.value)
    let size = values.reduce(0) { $0 + abs($1) }
    try check(.count, Double(values.count))
    try check(.sum, values.reduce(0, +), within: size * 1e-12)
    // The nearest double of what has more digits may be one of two.
    try check(.minimum, values.min() ?? 0, within: abs(values.min() ?? 0) * 1e-15)
    try check(.maximum, values.max() ?? 0, within: abs(values.max() ?? 0) * 1e-15)
    // Of several at one instant any may be meant.
    let times = readings.map(\.time)
    for (aggregate, time) in [(Aggregate.first, times.min()), (.last, times.max())] {
      let ends = readings.filter { $0.time == time }
      if ends.count == 1 { try check(aggregate, ends[0].value, within: abs(ends[0].value) * 1e-15) }
    }
  }
}
