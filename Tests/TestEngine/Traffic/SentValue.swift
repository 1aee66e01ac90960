/// A value as it is sent, and as it must be told.
enum SentValue {
  case text
  case boolean
  case integer(Int64)
  case double(Double)
  /// Hundredths.
  case decimal(Int)

  init(_ random: inout SeededNumbers) {
    switch random.number(0...7) {
    case 0: self = .text
    case 1: self = .boolean
    case 2: self = .integer(Int64.random(in: .min ... .max, using: &random))
    // Not so small that it would be written with an exponent.
    case 3: self = .double(Double.random(in: 0.001...1, using: &random) * (random.once(in: 2) ? -1 : 1))
    default: self = .decimal(random.number(-9_999...9_999))
    }
  }

  /// With no more digits than numbers of JSON have for everybody (RFC 8259 section 6).
  var asInJSON: SentValue {
    if case .integer(let value) = self { return .integer(value % (1 << 53)) }
    return self
  }

  /// As line protocol writes it.
  var line: String {
    switch self {
    case .text: "\"chữ\""
    case .boolean: "true"
    case .integer(let value): "\(value)i"
    case .double(let value): "\(value)"
    case .decimal(let value): "\(Double(value) / 100)"
    }
  }

  /// As it is told.
  var text: String {
    switch self {
    case .text: "chữ"
    case .boolean: "true"
    case .integer(let value): "\(value)"
    case .double(let value): RowText.digits("\(value)")
    case .decimal(let value): RowText.digits("\(Double(value) / 100)")
    }
  }
}
