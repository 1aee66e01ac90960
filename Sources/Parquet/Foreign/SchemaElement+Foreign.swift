extension SchemaElement {
  /// Annotations of old writers, which say no `LogicalType`.
  private enum Converted {
    static let utf8: Int32 = 0
    static let enumeration: Int32 = 4
    static let decimal: Int32 = 5
    static let date: Int32 = 6
    static let timestampMillis: Int32 = 9
    static let timestampMicros: Int32 = 10
    static let unsigned: ClosedRange<Int32> = 11...14
    static let signed: ClosedRange<Int32> = 15...18
    static let json: Int32 = 19
  }

  /// `LogicalType`'s fields that `LogicalAnnotation` leaves as numbers.
  private enum Logical {
    static let enumeration: Int16 = 4
    static let date: Int16 = 6
    static let json: Int16 = 12
  }

  private static let nanos: Int16 = 3
  /// Digits that a 128-bit decimal may have; what 64 bits do not hold is found as it is read.
  private static let decimalDigits: ClosedRange<Int32> = 1...38

  /// What this column at the top of a schema holds, and how. `unreadable` says why not.
  func foreign() -> (type: ForeignType, form: ValueForm) {
    func unreadable(_ cause: String) -> (ForeignType, ValueForm) { (.unreadable(cause), .bytes) }
    if childCount ?? 0 > 0 { return unreadable("nested columns are not supported") }
    guard repetition == Self.required || repetition == Self.optional else {
      return unreadable("repeated columns are not supported")
    }
    let found: (ForeignType, ValueForm)? =
      switch type.flatMap(PhysicalType.init) {
      case .boolean: (.boolean, .boolean)
      case .double: logicalType == nil ? (.double, .double) : nil
      case .float: logicalType == nil ? (.float, .float) : nil
      case .int96: (.time(.nanos, isUTC: true), .int96)
      case .int64: integer(bits: 64).map { ($0, .int64) }
      case .int32: integer(bits: 32).map { ($0, .int32(isSigned: $0 != .unsigned)) }
      case .byteArray: isText ? (.text, .bytes) : nil
      case .fixedLengthByteArray: fixed()
      case nil: nil
      }
    if let found { return found }
    let physical = type.flatMap(PhysicalType.init).map { "\($0)" } ?? "of unknown type"
    let logical = logicalType.map { " annotated \($0)" } ?? convertedType.map { " converted \($0)" } ?? ""
    return unreadable("a column \(physical)\(logical) is not supported")
  }

  private var isText: Bool {
    switch (logicalType, convertedType) {
    case (.string, _), (.other(Logical.enumeration), _), (.other(Logical.json), _), (nil, nil), (nil, Converted.utf8),
      (nil, Converted.enumeration), (nil, Converted.json):
      true
    default: false
    }
  }

  private func integer(bits: Int) -> ForeignType? {
    switch (logicalType, convertedType) {
    case (.integer(_, let isSigned), _): return isSigned ? .integer : .unsigned
    case (.timestamp(let isUTC, LogicalAnnotation.millis), _): return bits == 64 ? .time(.millis, isUTC: isUTC) : nil
    case (.timestamp(let isUTC, LogicalAnnotation.micros), _): return bits == 64 ? .time(.micros, isUTC: isUTC) : nil
    case (.timestamp(let isUTC, Self.nanos), _): return bits == 64 ? .time(.nanos, isUTC: isUTC) : nil
    case (.decimal(let scale, let precision), _): return decimal(scale, precision)
    case (.other(Logical.date), _): return bits == 32 ? .date : nil
    case (nil, nil): return .integer
    case (nil, Converted.timestampMillis?): return bits == 64 ? .time(.millis, isUTC: true) : nil
    case (nil, Converted.timestampMicros?): return bits == 64 ? .time(.micros, isUTC: true) : nil
    case (nil, Converted.decimal?): return decimal(scale ?? 0, precision ?? 0)
    case (nil, Converted.date?): return bits == 32 ? .date : nil
    case (nil, let converted?) where Converted.signed.contains(converted): return .integer
    case (nil, let converted?) where Converted.unsigned.contains(converted): return .unsigned
    default: return nil
    }
  }

  private func fixed() -> (ForeignType, ValueForm)? {
    guard let width = typeLength.map(Int.init), (1...16).contains(width) else { return nil }
    switch (logicalType, convertedType) {
    case (.decimal(let scale, let precision), _): return decimal(scale, precision).map { ($0, .fixed(width: width)) }
    case (nil, Converted.decimal): return decimal(scale ?? 0, precision ?? 0).map { ($0, .fixed(width: width)) }
    default: return nil
    }
  }

  private func decimal(_ scale: Int32, _ precision: Int32) -> ForeignType? {
    guard Self.decimalDigits.contains(precision), (0...precision).contains(scale) else { return nil }
    return .decimal(scale: Int(scale))
  }
}
