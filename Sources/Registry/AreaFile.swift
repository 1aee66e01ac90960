internal import Primitives

/// `code,parent,name,valid_from,valid_to`; only `code` is required. Days are half-open: `valid_to` is the first day on
/// which the row holds no more.
enum AreaFile {
  static let columns = ["code", "parent", "name", "valid_from", "valid_to"]

  /// The areas of the file, checked: parents that exist, no two rows of one code on one day, and no cycles.
  static func read(
    _ bytes: [UInt8], file: String, columns found: inout RegistryColumns, problems: inout RegistryError
  ) -> AreaTree {
    var table = RegistryTable(bytes, file: file, known: columns, required: ["code"], problems: &problems)
    found = RegistryColumns(file: file, read: table.found, passedOver: table.passedOver)
    var areas: [Area] = []
    var lines: [Int] = []
    while table.nextRow(&problems) {
      guard let area = readArea(table, &problems) else { continue }
      areas.append(area)
      lines.append(table.line)
    }
    let tree = AreaTree(areas)
    checkRepeats(tree, lines, file, &problems)
    checkParents(tree, lines, file, &problems)
    checkCycles(tree, lines, file, &problems)
    return tree
  }

  private static func readArea(_ table: RegistryTable, _ problems: inout RegistryError) -> Area? {
    var area = Area(code: table["code"], parent: table["parent"], name: table["name"])
    if let fault = RegistryValue.faultOfIdentifier(area.code, "code") {
      problems.add(table.file, table.line, fault)
      return nil
    }
    for (column, field) in [("valid_from", \Area.validFrom), ("valid_to", \Area.validTo)] {
      let text = table[column]
      if text.isEmpty { continue }
      guard let date = RegistryValue.date(text) else {
        problems.add(table.file, table.line, "\(column) \(text) is no day such as 2025-07-01")
        return nil
      }
      area[keyPath: field] = date
    }
    if let from = area.validFrom, let to = area.validTo, to <= from {
      problems.add(table.file, table.line, "valid_to \(to) is not after valid_from \(from)")
      return nil
    }
    return area
  }

  private static func checkRepeats(
    _ tree: AreaTree, _ lines: [Int], _ file: String, _ problems: inout RegistryError
  ) {
    for index in tree.areas.indices {
      let area = tree.areas[index]
      guard let earlier = tree.rows(of: area.code).first(where: { $0 < index && tree.areas[$0].overlaps(area) })
      else { continue }
      problems.add(file, lines[index], "area \(area.code) is valid on days of line \(lines[earlier]) too")
    }
  }

  private static func checkParents(
    _ tree: AreaTree, _ lines: [Int], _ file: String, _ problems: inout RegistryError
  ) {
    for (index, area) in tree.areas.enumerated() where !area.parent.isEmpty {
      if !tree.knows(area.parent) {
        problems.add(file, lines[index], "parent \(area.parent) is no area of the file")
      } else if !tree.rows(of: area.parent).contains(where: { tree.areas[$0].overlaps(area) }) {
        problems.add(file, lines[index], "parent \(area.parent) is valid on none of its days")
      }
    }
  }

  /// The tree can only change on a day on which a row begins, so those days, and the time before all, are looked at.
  private static func checkCycles(
    _ tree: AreaTree, _ lines: [Int], _ file: String, _ problems: inout RegistryError
  ) {
    var days = Set(tree.areas.compactMap(\.validFrom))
    days.insert(CalendarDate(year: 0, month: 1, day: 1))
    var reported: Set<Int> = []
    for day in days.sorted() {
      // 0 not seen, 1 on the way up that is walked now, 2 known to end.
      var state = [UInt8](repeating: 0, count: tree.areas.count)
      for start in tree.areas.indices where state[start] == 0 && tree.areas[start].isValid(on: day) {
        var way: [Int] = []
        var next: Int? = start
        while let index = next, state[index] == 0 {
          state[index] = 1
          way.append(index)
          next = tree.row(of: tree.areas[index].parent, on: day)
        }
        if let index = next, state[index] == 1, reported.insert(index).inserted {
          problems.add(file, lines[index], "area \(tree.areas[index].code) lies within itself")
        }
        for index in way { state[index] = 2 }
      }
    }
  }
}
