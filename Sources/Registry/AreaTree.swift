public import Primitives

/// The administrative areas with their validity: a tree of any depth for each day.
///
/// Codes are strings. What an area was is never changed: a reform ends rows and begins others, and a question about a day
/// is answered as things were on that day.
public struct AreaTree: Sendable {
  /// Every row of the file, in its order.
  public let areas: [Area]
  private let rowsByCode: [String: [Int]]
  private let rowsByParent: [String: [Int]]

  /// Rows as they are; `DeviceRegistry.load` is what checks them.
  public init(_ areas: [Area]) {
    self.areas = areas
    rowsByCode = Dictionary(grouping: areas.indices) { areas[$0].code }
    rowsByParent = Dictionary(grouping: areas.indices) { areas[$0].parent }
  }

  /// Without any area.
  public static let empty = AreaTree([])

  /// Whether there is or was an area of this code.
  public func knows(_ code: String) -> Bool { rowsByCode[code] != nil }

  /// The area of this code as it is on that day.
  public func area(code: String, on day: CalendarDate) -> Area? {
    row(of: code, on: day).map { areas[$0] }
  }

  /// Whether `code` is `ancestor`, or lies within it on that day.
  public func isWithin(_ code: String, _ ancestor: String, on day: CalendarDate) -> Bool {
    code == ancestor || path(of: code, on: day).contains(ancestor)
  }

  /// The codes from the top of the tree down to this one on that day. A code that the tree does not know is alone.
  ///
  /// A code that does not hold on that day stands where it stood last, or will stand first: a device whose registry
  /// entry was not changed with the reform stays in its province's sums.
  public func path(of code: String, on day: CalendarDate) -> [String] {
    var found = [code]
    // A tree that was not checked might go round.
    while found.count <= areas.count, let index = nearestRow(of: found[found.count - 1], on: day),
      !areas[index].parent.isEmpty
    {
      found.append(areas[index].parent)
    }
    return found.reversed()
  }

  /// The areas right below this one on that day, in the order of the file; below "" are those at the top.
  public func children(of code: String, on day: CalendarDate) -> [Area] {
    (rowsByParent[code] ?? []).map { areas[$0] }.filter { $0.isValid(on: day) }
  }

  /// The rows of a code, in the order of the file.
  func rows(of code: String) -> [Int] { rowsByCode[code] ?? [] }

  /// The row of a code that holds on that day.
  func row(of code: String, on day: CalendarDate) -> Int? {
    rowsByCode[code]?.first { areas[$0].isValid(on: day) }
  }

  /// The row of a code that holds on that day; if none does the last one before it, or else the first one after it.
  private func nearestRow(of code: String, on day: CalendarDate) -> Int? {
    if let row = row(of: code, on: day) { return row }
    let rows = rowsByCode[code] ?? []
    func end(_ row: Int) -> CalendarDate? { areas[row].validTo.flatMap { $0 <= day ? $0 : nil } }
    if let last = rows.filter({ end($0) != nil }).max(by: { end($0)! < end($1)! }) { return last }
    return rows.min { (areas[$0].validFrom ?? day) < (areas[$1].validFrom ?? day) }
  }
}
