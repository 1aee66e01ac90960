import Telemetry

/// One record as it was read, before the base values of those before it are applied.
///
/// Text is a `TextRange` whose offset counts from the pack's start, or of the arena where the pack does not hold it as
/// it is meant. Only members named in `members` mean anything.
struct SenMLRecord: BitwiseCopyable {
  var members = Members()
  /// Why what the record says itself cannot be taken, if a member of it cannot be read as what it is.
  var flaw: RejectReason?
  var boolean = false
  var baseVersion = SenMLNumber.zero
  var baseName = TextRange.empty
  var baseUnit = TextRange.empty
  var baseTimeNanos: Int64 = 0
  var baseValue = SenMLNumber.zero
  var baseSum = SenMLNumber.zero
  var name = TextRange.empty
  var unit = TextRange.empty
  /// `vs`, or `vd` in base64url.
  var text = TextRange.empty
  var value = SenMLNumber.zero
  var sum = SenMLNumber.zero
  var timeNanos: Int64 = 0
  var updateTime = SenMLNumber.zero

  /// The labels that a record has, a bit each.
  struct Members: OptionSet, BitwiseCopyable {
    var rawValue: UInt32

    @inline(__always)
    init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    @inline(__always)
    init(_ label: SenMLLabel) {
      rawValue = 1 &<< UInt32(label.rawValue)
    }

    /// Everything that carries over to later records.
    static let base = Members(rawValue: 0b11_1111)
    static let anyValue: Members = [
      Members(.value), Members(.stringValue), Members(.booleanValue), Members(.dataValue),
    ]
    /// Everything that is the record's own.
    static let own: Members = [
      anyValue, Members(.name), Members(.unit), Members(.sum), Members(.time), Members(.updateTime),
    ]
  }

  @inline(__always)
  func has(_ label: SenMLLabel) -> Bool {
    members.rawValue & (1 &<< UInt32(label.rawValue)) != 0
  }

  @inline(__always)
  mutating func set(_ label: SenMLLabel, number: SenMLNumber) {
    members.formUnion(Members(label))
    switch label {
    case .value: value = number
    case .sum: sum = number
    case .baseValue: baseValue = number
    case .baseSum: baseSum = number
    case .updateTime: updateTime = number
    default: baseVersion = number
    }
  }

  @inline(__always)
  mutating func set(_ label: SenMLLabel, nanos: Int64) {
    members.formUnion(Members(label))
    if label == .time { timeNanos = nanos } else { baseTimeNanos = nanos }
  }

  @inline(__always)
  mutating func set(_ label: SenMLLabel, text range: TextRange) {
    members.formUnion(Members(label))
    switch label {
    case .name: name = range
    case .unit: unit = range
    case .baseName: baseName = range
    case .baseUnit: baseUnit = range
    default: text = range
    }
  }
}
