internal import Primitives

/// `measurement,field,min,max,class`; an empty bound is none, an empty class is all.
enum RangeFile {
  static let columns = ["measurement", "field", "min", "max", "class"]

  static func read(_ bytes: [UInt8], file: String, problems: inout RegistryError) -> [ValueRange] {
    var table = RegistryTable(
      bytes, file: file, known: columns, required: ["measurement", "field"], problems: &problems)
    var ranges: [ValueRange] = []
    while table.nextRow(&problems) {
      guard let range = read(table, &problems) else { continue }
      let isRepeated = ranges.contains {
        ($0.measurement, $0.field, $0.deviceClass) == (range.measurement, range.field, range.deviceClass)
      }
      if isRepeated {
        problems.add(file, table.line, "\(range.measurement) \(range.field) has a range already")
      } else {
        ranges.append(range)
      }
    }
    return ranges
  }

  private static func read(_ table: RegistryTable, _ problems: inout RegistryError) -> ValueRange? {
    var range = ValueRange(
      measurement: table["measurement"], field: table["field"], deviceClass: table["class"].lowercased(),
      least: -.infinity, largest: .infinity)
    if range.measurement.isEmpty || range.field.isEmpty {
      problems.add(table.file, table.line, "measurement and field must be said")
      return nil
    }
    if !range.deviceClass.isEmpty && !Device.classes.contains(range.deviceClass) {
      let all = Device.classes.joined(separator: ", ")
      problems.add(table.file, table.line, "class \(range.deviceClass) is none of \(all)")
      return nil
    }
    for (name, bound) in [("min", \ValueRange.least), ("max", \ValueRange.largest)] where !table[name].isEmpty {
      guard let value = RegistryValue.decimal(table[name]) else {
        problems.add(table.file, table.line, "\(name) \(table[name]) is no number")
        return nil
      }
      range[keyPath: bound] = value
    }
    if range.least > range.largest {
      problems.add(table.file, table.line, "min \(range.least) is above max \(range.largest)")
      return nil
    }
    return range
  }
}
