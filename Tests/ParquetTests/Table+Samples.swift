import Mutation
import Parquet
import Primitives

extension Table {
  /// Every type, required and optional, with what is awkward in each: extremes, NaN with payloads, both zeros, empty
  /// and long texts, columns of nulls only.
  static func everything(rows: Int, seed: UInt64 = 1) -> Table {
    var random = SeededRandom(seed)
    var table = Table()
    func some<Cell>(_ cell: (inout SeededRandom) -> Cell) -> [Cell?] {
      (0..<rows).map { _ in Int.random(in: 0..<5, using: &random) == 0 ? nil : cell(&random) }
    }
    func all<Cell>(_ cell: (Int, inout SeededRandom) -> Cell) -> [Cell?] {
      (0..<rows).map { cell($0, &random) }
    }
    let extremes: [Int64] = [.min, .max, .min + 1, .max - 1, 0, 1, -1]
    let doubles = [
      Double.nan, -Double.nan, Double(bitPattern: 0x7FF8_0000_0000_1234), .signalingNaN, .infinity, -.infinity, 0.0,
      -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 21.5,
    ]
    table.add("device", .string, isOptional: false, .string(all { row, _ in "device-\(1_000_000 + row / 7)" }))
    table.add(
      "time", .timestampMillis, isOptional: false,
      .int64(all { row, random in 1_763_596_800_000 + Int64(row) * 1_000 + .random(in: 0..<15, using: &random) }))
    table.add("micros", .timestampMicros, .int64(some { .random(in: 0...4_000_000_000_000_000, using: &$0) }))
    table.add("on", .boolean, .boolean(some { .random(using: &$0) }))
    table.add("set", .boolean, isOptional: false, .boolean(all { row, _ in row % 3 == 0 }))
    table.add("extreme", .int64, .int64(some { extremes.randomElement(using: &$0)! }))
    table.add("any", .int64, isOptional: false, .int64(all { .random(in: .min ... .max, using: &$1) }))
    table.add("same", .int64, isOptional: false, .int64(all { _, _ in 42 }))
    table.add("celsius", .decimal(scale: 2), .int64(some { .random(in: -1_000...5_000, using: &$0) }))
    table.add("wide", .decimal(scale: 18), .int64(some { .random(in: -999...999, using: &$0) * 1_001_001_001_001_001 }))
    table.add("odd", .double, Cells(some { doubles.randomElement(using: &$0)! }))
    table.add("real", .double, isOptional: false, Cells(all { .random(in: -1e9...1e9, using: &$1) }))
    table.add(
      "text", .string,
      .string(some { ["", "ok", "lỗi", "\0", String(repeating: "dài ", count: 40)].randomElement(using: &$0)! }))
    table.add("unique", .string, .string(some { "tin \(UInt64.random(in: 0 ... .max, using: &$0))" }))
    table.add("noInt", .int64, .int64(Array(repeating: nil, count: rows)))
    table.add("noText", .string, .string(Array(repeating: nil, count: rows)))
    table.add("noDouble", .double, .double(Array(repeating: nil, count: rows)))
    table.add("noFlag", .boolean, .boolean(Array(repeating: nil, count: rows)))
    table.add("rare", .int64, .int64((0..<rows).map { $0 % 100 == 50 ? Int64($0) : nil }))
    table.sortedBy = [0, 1]
    return table
  }

  /// Narrow and sorted, for pages.
  static func series(rows: Int) -> Table {
    var table = Table()
    func cells<Cell>(_ cell: (Int) -> Cell?) -> [Cell?] { (0..<rows).map(cell) }
    let devices = cells { row in "d\(1_000 + row / 1_000)" }
    let times = cells { row in Int64(row * 1_000 + row % 7) }
    let values: [Int64?] = cells { row in row / 25_000 % 2 == 1 || row % 11 == 0 ? nil : Int64(row % 977) }
    let reals: [Double?] = cells { row in row % 13 == 0 ? nil : Double(row) / 3 }
    let flags: [Bool?] = cells { row in row % 5 == 0 ? nil : row % 3 == 0 }
    let notes: [String?] = cells { row in row % 17 == 0 ? nil : "note \(row)" }
    table.add("device", .string, isOptional: false, .string(devices))
    table.add("time", .timestampMillis, isOptional: false, .int64(times))
    table.add("value", .int64, .int64(values))
    table.add("real", .double, Cells(reals))
    table.add("flag", .boolean, .boolean(flags))
    table.add("note", .string, .string(notes))
    table.sortedBy = [0, 1]
    return table
  }
}
