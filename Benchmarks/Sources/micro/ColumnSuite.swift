import Fleet
import Parquet

/// Parquet files of one column: encoding, statistics, compression and the footer.
enum ColumnSuite {
  private static let rowCount = 100_000
  private static let zstdLevel: Int32 = 3

  static func run(_ harness: inout Harness) {
    var random = FleetRandom(seed: 42, stream: 0)
    let times = (0..<rowCount).map { 1_795_176_000_000 + Int64($0) * 1_000 }
    let counters = walk(&random, from: 100_000) { $0.below(21) }
    let tenths = walk(&random, from: 200) { $0.below(10) == 0 ? $0.below(3) - 1 : 0 }
    let doubles = (0..<rowCount).map { _ in Double(random.below(1 << 40)) / 1_024 }
    let few = (0..<rowCount).map { "device-\(10_000 + $0 * 1_000 / rowCount)" }
    let distinct = (0..<rowCount).map { "SD card write failed: I/O error, sector \($0)" }
    measure(&harness, "a time column", .timestampMillis, .int64(times))
    measure(&harness, "an integer column", .int64, .int64(counters))
    measure(&harness, "a decimal column", .decimal(scale: 1), .int64(tenths))
    measure(&harness, "a double column", .double, .double(doubles))
    measure(&harness, "a string column, 1 thousand distinct", .string, .string(StringColumn(few)))
    measure(&harness, "a string column, all distinct", .string, .string(StringColumn(distinct)))
  }

  private static func walk(
    _ random: inout FleetRandom, from start: Int64, step: (inout FleetRandom) -> Int64
  ) -> [Int64] {
    var value = start
    return (0..<rowCount).map { _ in
      value += step(&random)
      return value
    }
  }

  private static func measure(_ harness: inout Harness, _ what: String, _ type: ColumnType, _ values: ColumnValues) {
    let schema = ParquetSchema(columns: [ColumnSchema(name: "value", type: type, isOptional: false)])
    let columns = [ColumnData(values: values)]
    var byteCount = 0
    harness.measure("encode \(what)", per: "value") { watch in
      watch.start()
      var writer = ParquetWriter(schema: schema, zstdLevel: zstdLevel)
      writer.append(columns, rowCount: rowCount)
      byteCount = writer.finish().count
      watch.stop()
      return rowCount
    }
    harness.note("a file of \(what)", Double(byteCount) / Double(rowCount), unit: "bytes per value")
  }
}
