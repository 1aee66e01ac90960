import Lagoon
import Primitives
import Telemetry

/// Rows from a seed: several measurements a device, layouts in changing orders, types that change, names of all kinds,
/// late and doubled rows. No two rows share series and instant unless they are the same.
struct SimulatedTraffic {
  static let measurements = ["rain", "bts_power", "trạm"]
  static let devices = ["d1", "d2", "mưa-03", "x"]
  private var random: SimulatedNumbers
  /// What was sent, as a line and as a question answers it.
  private var sent: [(line: String, row: String, measurement: String)] = []
  private var taken: Set<String> = []
  private let startSeconds: Int64

  init(seed: UInt64, startNanos: UnixNanos) {
    random = SimulatedNumbers(state: seed)
    startSeconds = startNanos / Nanos.perSecond
  }

  struct Row {
    var line: String
    var text: String
    var measurement: String
  }

  /// A new row, or one that was sent before.
  mutating func next() -> Row {
    if !sent.isEmpty && Int.random(in: 0..<6, using: &random) == 0 {
      let old = sent[Int.random(in: sent.indices, using: &random)]
      return Row(line: old.line, text: old.row, measurement: old.measurement)
    }
    while true {
      let measurement = Self.measurements.randomElement(using: &random) ?? ""
      let device = Self.devices.randomElement(using: &random) ?? ""
      let tag = ["", "port=1", "port=2"].randomElement(using: &random) ?? ""
      // Over a day before the start: parts of several days, and rows that are late for most of them.
      let seconds = startSeconds - Int64.random(in: 0..<100_000, using: &random)
      if !taken.insert("\(measurement) \(device) \(tag) \(seconds)").inserted { continue }
      var fields = ["a", "b", "c", "d"].shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
        .map { (name: $0, value: value()) }
      let line =
        "\(measurement),device=\(device)\(tag.isEmpty ? "" : "," + tag) "
        + fields.map { "\($0.name)=\($0.value.wire)" }.joined(separator: ",") + " \(seconds * Nanos.perSecond)"
      fields.sort { $0.name < $1.name }
      let text =
        "\(measurement) \(device) \(tag) \(seconds) "
        + fields.map { "\($0.name)=\($0.value.text)" }.joined(separator: ",")
      sent.append((line, text, measurement))
      return Row(line: line, text: text, measurement: measurement)
    }
  }

  /// A value on the wire, and as it is told.
  private mutating func value() -> (wire: String, text: String) {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return ("\"chữ\"", "chữ")
    case 1: return ("true", "true")
    case 2:
      let value = Int64.random(in: .min ... .max, using: &random)
      return ("\(value)i", "\(value)")
    case 3:
      let value = Double.random(in: -1...1, using: &random)
      return ("\(value)", Self.digits("\(value)"))
    default:
      let value = Int.random(in: -9_999...9_999, using: &random)
      return ("\(Double(value) / 100)", Self.digits("\(Double(value) / 100)"))
    }
  }

  static func text(_ row: ResultRow) -> String {
    let tags = row.tags.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    let fields = row.fields.sorted { $0.name < $1.name }.map { "\($0.name)=\(text($0.value))" }
    return "\(row.measurement) \(row.device) \(tags) \(row.time / Nanos.perSecond) " + fields.joined(separator: ",")
  }

  /// Without zeros that say nothing.
  private static func digits(_ text: String) -> String { text.hasSuffix(".0") ? String(text.dropLast(2)) : text }

  private static func decimal(_ mantissa: Int64, _ scale: Int) -> String {
    let digits = String(mantissa.magnitude)
    let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
    let point = scale == 0 ? "" : "." + padded.suffix(scale)
    return (mantissa < 0 ? "-" : "") + padded.dropLast(scale) + point
  }

  private static func text(_ value: ReadingValue) -> String {
    switch value {
    case .integer(let value): "\(value)"
    case .decimal(let mantissa, let scale): decimal(mantissa, scale)
    case .double(let value): digits("\(value)")
    case .boolean(let value): "\(value)"
    case .string(let text): text
    }
  }
}

/// The same numbers from the same seed (SplitMix64).
struct SimulatedNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
