/// Between a schema's leaf and a column. Old readers know `ConvertedType` only, so both annotations are written.
extension SchemaElement {
  private enum Converted {
    static let utf8: Int32 = 0
    static let decimal: Int32 = 5
    static let timestampMillis: Int32 = 9
    static let timestampMicros: Int32 = 10
    static let int64: Int32 = 18
  }

  init(column: ColumnSchema) {
    self.init(name: column.name)
    type = column.type.physical.rawValue
    repetition = column.isOptional ? Self.optional : Self.required
    switch column.type {
    case .boolean, .int64, .double: break
    case .timestampMillis:
      convertedType = Converted.timestampMillis
      logicalType = .timestamp(isUTC: true, unit: LogicalAnnotation.millis)
    case .timestampMicros:
      convertedType = Converted.timestampMicros
      logicalType = .timestamp(isUTC: true, unit: LogicalAnnotation.micros)
    case .decimal(let scale):
      convertedType = Converted.decimal
      self.scale = Int32(scale)
      precision = Int32(ColumnType.decimalPrecision)
      logicalType = .decimal(scale: Int32(scale), precision: Int32(ColumnType.decimalPrecision))
    case .string:
      convertedType = Converted.utf8
      logicalType = .string
    }
  }

  /// The column that this leaf is; throws for one that is not read here.
  func column() throws(ParquetError) -> ColumnSchema {
    let thing = "column \(name)"
    guard repetition == Self.required || repetition == Self.optional, childCount ?? 0 == 0 else {
      throw ParquetError(thing, "nested and repeated columns are not supported")
    }
    guard let type = try columnType() else {
      let physical = type.flatMap(PhysicalType.init).map { "\($0)" } ?? "of unknown type"
      let logical = logicalType.map { " annotated \($0)" } ?? convertedType.map { " converted \($0)" } ?? ""
      throw ParquetError(thing, "a column \(physical)\(logical) is not supported")
    }
    return ColumnSchema(name: name, type: type, isOptional: repetition == Self.optional)
  }

  private func columnType() throws(ParquetError) -> ColumnType? {
    switch type.flatMap(PhysicalType.init) {
    case .boolean: return logicalType == nil && convertedType == nil ? .boolean : nil
    case .double: return logicalType == nil && convertedType == nil ? .double : nil
    case .byteArray:
      return logicalType == .string || (logicalType == nil && convertedType == Converted.utf8) ? .string : nil
    case .int64: return int64Type()
    default: return nil
    }
  }

  private func int64Type() -> ColumnType? {
    switch (logicalType, convertedType) {
    case (nil, nil), (nil, Converted.int64), (.integer(bits: 64, isSigned: true), _): return .int64
    case (.timestamp(isUTC: true, unit: LogicalAnnotation.millis), _), (nil, Converted.timestampMillis):
      return .timestampMillis
    case (.timestamp(isUTC: true, unit: LogicalAnnotation.micros), _), (nil, Converted.timestampMicros):
      return .timestampMicros
    case (.decimal(let scale, let precision), _): return decimal(scale, precision)
    case (nil, Converted.decimal): return decimal(scale ?? 0, precision ?? 0)
    default: return nil
    }
  }

  private func decimal(_ scale: Int32, _ precision: Int32) -> ColumnType? {
    guard (1...Int32(ColumnType.decimalPrecision)).contains(precision), (0...precision).contains(scale) else {
      return nil
    }
    return .decimal(scale: Int(scale))
  }
}
