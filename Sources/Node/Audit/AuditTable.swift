import Access
import Lagoon
import Primitives
import Sys
import Telemetry

/// The table `audit`: a row a line, the column `device` holds the node.
enum AuditTable {
  /// What a seal's commit says of how far the chain is in the table. Not a segment of the journal.
  static func application(node: String) -> String { node + "/audit#lines" }

  private static var texts: [(name: String, of: KeyPath<AuditRecord, String>)] {
    [
      ("name", \.line.name), ("address", \.line.address), ("method", \.line.method), ("path", \.line.path),
      ("query", \.line.query), ("previous", \.previous), ("hash", \.hash),
    ]
  }
  private static let sequence = "sequence"
  private static var numbers: [(name: String, unit: String, of: KeyPath<AuditRecord, Int?>)] {
    [
      ("status", "", \.optionalStatus), ("rows", "", \.line.rows), ("bytes", "By", \.line.bytes),
      ("duration", "us", \.line.durationMicros),
    ]
  }

  /// Records as rows to be sealed.
  static func rows(_ records: [AuditRecord]) -> RowSource {
    let (texts, numbers, series) = (texts, numbers, SeriesList())
    var chunks: [RowChunk] = []
    var known: [String: UInt32] = [:]
    for record in records {
      if chunks.last?.isFull ?? true { chunks.append(RowChunk(capacity: min(records.count, Limits.rowsPerChunk))) }
      let chunk = chunks[chunks.count - 1]
      let number = known[record.node] ?? series.append(SeriesKey(measurement: "audit", device: record.node))
      known[record.node] = number
      chunk.appendRow(
        series: number, time: flooredDivision(record.line.time, by: Nanos.perMicrosecond), previous: UInt32.max)
      for (column, text) in texts.enumerated() {
        let bytes = Array(record[keyPath: text.of].utf8)
        // A text that is empty is none, as whoever reads the files expects it.
        if !bytes.isEmpty { chunk.setString(column: column, bytes.span.bytes) }
      }
      chunk.setValue(column: texts.count, tag: .integer, payload: record.sequence)
      for (index, number) in numbers.enumerated() {
        guard let value = record[keyPath: number.of] else { continue }
        chunk.setValue(column: texts.count + 1 + index, tag: .integer, payload: Int64(value))
      }
    }
    let fields =
      texts.map { FieldIdentity(name: $0.name) } + [FieldIdentity(name: sequence)]
      + numbers.map { FieldIdentity(name: $0.name, unit: $0.unit) }
    return RowSource(chunks: chunks, series: series, fields: fields, precision: .microseconds)
  }

  /// Rows as records; nil for one without a sequence.
  static func records(_ source: RowSource) -> [AuditRecord?] {
    let columns = texts.map { source.column(of: $0.name) }
    let numberColumns = numbers.map { source.column(of: $0.name) }
    let sequenceColumn = source.column(of: sequence)
    var records: [AuditRecord?] = []
    for chunk in source.chunks {
      func text(_ row: Int, _ index: Int) -> String {
        guard let column = columns[index], chunk.tag(row, column: column) == .string else { return "" }
        return chunk.string(chunk.payload(row, column: column))
      }
      func number(_ row: Int, _ column: Int?) -> Int64? {
        guard let column else { return nil }
        let number = DecimalNumber.canonical(
          tag: chunk.tag(row, column: column), payload: chunk.payload(row, column: column))
        return number.tag == .integer || number.tag == .decimal(scale: 0) ? number.payload : nil
      }
      for row in 0..<chunk.count {
        guard let place = number(row, sequenceColumn) else {
          records.append(nil)
          continue
        }
        // Another program's times may be any number.
        let (nanos, isBeyond) = chunk.time(row).multipliedReportingOverflow(by: source.precision.unitNanos)
        let values = numberColumns.map { number(row, $0).map { Int($0) } }
        let line = AuditLine(
          stored: isBeyond ? (chunk.time(row) < 0 ? .min : .max) : nanos, name: text(row, 0), address: text(row, 1),
          method: text(row, 2), path: text(row, 3), query: text(row, 4), status: values[0] ?? 0, rows: values[1],
          bytes: values[2], durationMicros: values[3])
        records.append(
          AuditRecord(
            line: line, node: source.series.device(chunk.series(row)), sequence: place, previous: text(row, 5),
            hash: text(row, 6)))
      }
    }
    return records
  }

  /// The times of a part, newest first, in slices of not too many rows.
  static func slices(of part: Part, precision: TimePrecision) -> [Range<UnixNanos>] {
    let unit = precision.unitNanos
    func nanos(_ time: Int64) -> UnixNanos {
      let (nanos, isBeyond) = time.multipliedReportingOverflow(by: unit)
      return isBeyond ? (time < 0 ? .min : .max) : nanos
    }
    let (oldest, end) = (nanos(part.oldestTime), max(nanos(part.newestTime), .min + 1))
    let (length, isBeyond) = end.subtractingReportingOverflow(oldest)
    let count = Int64(max(1, part.rowCount / Limits.auditLinesPerLook))
    if isBeyond || count == 1 { return [oldest..<(end == .max ? end : end + 1)] }
    let step = length / count + 1
    var slices: [Range<UnixNanos>] = []
    var begin = oldest
    while begin <= end {
      let (next, isLast) = begin.addingReportingOverflow(step)
      slices.append(begin..<(isLast ? .max : next))
      if isLast { break }
      begin = next
    }
    return slices.reversed()
  }

  /// The records of a part in a slice of time, within `from ..< to`.
  static func records(
    of part: Part, in slice: Range<UnixNanos>, from: UnixNanos = .min, to: UnixNanos = .max, _ catalogue: Catalogue
  ) throws -> [AuditRecord?] {
    let (begin, end) = (max(slice.lowerBound, from), min(slice.upperBound, to))
    if begin >= end { return [] }
    return records(
      try catalogue.scan(ScanRequest(table: .audit, path: part.path, from: begin, to: end, arrivals: false)))
  }
}

extension AuditRecord {
  fileprivate var optionalStatus: Int? { line.status }
}
