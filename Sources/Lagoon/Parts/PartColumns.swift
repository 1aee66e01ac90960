import Parquet
import Primitives
import Telemetry

/// Makes a table's columns of ordered rows, learning what the table's schema does not know yet.
struct PartColumns: Sendable {
  let sources: [RowSource]
  /// The table's number of each source's fields.
  private(set) var fieldNumbers: [[Int]] = []
  /// All fields, by number.
  private(set) var fields: [FieldIdentity] = []
  private(set) var order: RowOrder
  /// By field number: whether any row has a value of it. A table may know many more fields than its rows have.
  private var isUsed: [Bool] = []
  /// Tags that any row has.
  private var usedTags: Set<String> = []
  private(set) var schema: TableSchema

  init(_ sources: [RowSource], schema: TableSchema) {
    self.sources = sources
    self.schema = schema
    var numberOf: [String: Int] = [:]
    for source in sources {
      var numbers: [Int] = []
      for field in source.fields {
        let number = numberOf[field.name] ?? fields.count
        if number == fields.count {
          numberOf[field.name] = number
          fields.append(field)
        }
        numbers.append(number)
      }
      fieldNumbers.append(numbers)
    }
    order = RowOrder(sources, columns: fieldNumbers)
    learn()
  }

  /// Adds the columns that the rows need and the schema lacks.
  private mutating func learn() {
    learnTags()
    for (number, field) in fields.enumerated() {
      let isKnown = schema.index(wireName: field.name, role: .field) != nil
      var learner = TypeLearner(rowCount: order.places.count)
      var isUsed = false
      for (place, source) in sources.enumerated() {
        guard let column = columnOf(number, source: place) else { continue }
        for chunk in source.chunks where chunk.hasColumn(column) {
          if isKnown {
            isUsed = true
          } else {
            chunk.withColumn(column) { isUsed = learner.note($0.tags, $0.payloads) || isUsed }
          }
        }
      }
      self.isUsed.append(isUsed)
      if isUsed && !isKnown {
        _ = schema.column(wireName: field.name, role: .field, type: learner.type, unit: field.unit)
      }
    }
  }

  private static let comparedTags = 16

  /// A table has a few tags, which are told by comparing their bytes; that a sender makes up thousands is bounded by a
  /// set.
  private mutating func learnTags() {
    var known: [[UInt8]] = []
    var isKnown: Set<[UInt8]> = []
    for rank in 0..<order.seriesCount {
      let key = order.key(UInt32(rank))
      var position = key.tagsOffset
      while position < key.bytes.byteCount {
        let name = key.bytes.extracting(key.text(at: &position))
        _ = key.text(at: &position)
        if known.prefix(Self.comparedTags).contains(where: { $0.span.bytes.equals(name) }) { continue }
        let bytes = name.withUnsafeBytes { Array($0) }
        if isKnown.insert(bytes).inserted { known.append(bytes) }
      }
    }
    for name in known {
      let name = String(decoding: name, as: UTF8.self)
      usedTags.insert(name)
      _ = schema.column(wireName: name, role: .tag, type: .string)
    }
  }

  /// The columns of the rows `range` of the order, by column number of the schema; those without a value are left out.
  /// The fields' values are added to `rollups` on the way.
  ///
  /// - Parameter targets: `order.targets(of: range)`.
  mutating func columns(
    of range: [UInt32], times: [Int64], targets: [UInt32], rollups: inout [RollupRows]
  ) -> [Int: ColumnData] {
    for index in rollups.indices { rollups[index].begin(range, times: times, of: order) }
    var result: [Int: ColumnData] = [:]
    addTags(range, &result)
    var cells = ColumnCells(count: range.count)
    for (number, field) in fields.enumerated() where isUsed[number] {
      guard let primary = schema.index(wireName: field.name, role: .field) else { continue }
      var builder = FieldColumnBuilder(count: range.count, type: schema.columns[primary].type)
      take(number, targets, into: &cells)
      for index in rollups.indices { rollups[index].add(cells, field: number, times: times) }
      builder.put(cells) { row in chunk(of: number, position: Int(range[row])) }
      if let data = builder.primary.finish() { result[primary] = data }
      for (role, sibling) in builder.siblings {
        let type: ColumnType = role == .exact ? .double : role == .boolean ? .boolean : .string
        let index = schema.column(wireName: field.name, role: role, type: type, unit: "")
        if let data = sibling.finish() { result[index] = data }
      }
    }
    return result
  }

  /// One field's values in the rows of the order that `targets` names.
  private func take(_ field: Int, _ targets: [UInt32], into cells: inout ColumnCells) {
    cells.removeAll()
    var first = 0
    var chunks = order.chunks[...]
    for (number, source) in sources.enumerated() {
      let column = columnOf(field, source: number)
      for chunk in chunks.prefix(source.chunks.count) {
        if let column { cells.takeColumn(column, of: chunk, targets: targets, from: first) }
        first += chunk.count
      }
      chunks = chunks.dropFirst(source.chunks.count)
    }
  }

  /// The chunk that holds the field's value of the row at that position: it may be that of a joined row.
  private func chunk(of field: Int, position: Int) -> RowChunk {
    let first = order.find(order.places[position])
    if order.joined.isEmpty { return first.chunk }
    for place in order.joined[position] ?? [] {
      if let column = columnOf(field, source: first.source), first.chunk.tag(first.row, column: column) != .null {
        return first.chunk
      }
      let (source, chunk, row) = order.find(place)
      if let column = columnOf(field, source: source), chunk.tag(row, column: column) != .null { return chunk }
    }
    return first.chunk
  }

  private func columnOf(_ field: Int, source: Int) -> Int? {
    let numbers = fieldNumbers[source]
    // Most often there is one source, whose numbers are the table's.
    if field < numbers.count && numbers[field] == field { return field }
    return numbers.firstIndex(of: field)
  }

  private func addTags(_ range: [UInt32], _ result: inout [Int: ColumnData]) {
    for (index, column) in schema.columns.enumerated() where column.role == .tag && usedTags.contains(column.wireName) {
      var builder = StringColumnBuilder()
      var isPresent = [Bool](repeating: false, count: range.count)
      var lastRank = UInt32.max
      var entry: UInt32?
      let name = Array(column.wireName.utf8)
      builder.reserve(rows: range.count)
      for (row, position) in range.enumerated() {
        let rank = order.places[Int(position)].rank
        if rank != lastRank {
          lastRank = rank
          let key = order.key(rank)
          entry = nil
          if let value = key.value(ofTag: name.span.bytes) {
            entry = key.bytes.extracting(value).withUnsafeBytes { builder.intern($0) }
          }
        }
        if let entry {
          builder.append(entry: entry)
          isPresent[row] = true
        } else {
          builder.appendNull()
        }
      }
      if isPresent.contains(true) {
        result[index] = ColumnData(values: .string(builder.finish()), isPresent: isPresent)
      }
    }
  }

  /// The rows' times.
  func times(of range: [UInt32]) -> [Int64] {
    range.map { order.places[Int($0)].time }
  }

  /// `device`, `time` and `received` of the rows.
  func fixedColumns(of range: [UInt32], times: [Int64], targets: [UInt32]) -> [ColumnData] {
    var devices = StringColumnBuilder()
    devices.reserve(rows: range.count)
    var lastRank = UInt32.max
    var device: UInt32 = 0
    for position in range {
      let rank = order.places[Int(position)].rank
      if rank != lastRank {
        lastRank = rank
        let key = order.key(rank)
        // Sorted by device: one that differs from the one before is new.
        device = key.bytes.extracting(key.device).withUnsafeBytes { devices.internSorted($0) }
      }
      devices.append(entry: device)
    }
    return [
      ColumnData(values: .string(devices.finish())), ColumnData(values: .int64(times)), received(range, targets),
    ]
  }

  /// The device of the row at that position of the order.
  func device(at position: UInt32) -> String {
    let key = order.key(order.places[Int(position)].rank)
    return key.bytes.extracting(key.device).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// The columns by which those rows ascend: device and time, unless a device has several series, which stand one
  /// behind the other.
  func sortedBy(_ range: [UInt32]) -> [Int] {
    var last: UInt32?
    for position in range {
      let rank = order.places[Int(position)].rank
      if rank == last { continue }
      if let last {
        let (before, key) = (order.key(last), order.key(rank))
        if before.bytes.extracting(before.device).equals(key.bytes.extracting(key.device)) { return [0] }
      }
      last = rank
    }
    return [0, 1]
  }

  private func received(_ range: [UInt32], _ targets: [UInt32]) -> ColumnData {
    var received = [Int64](repeating: 0, count: range.count)
    var isReceived = [Bool](repeating: false, count: range.count)
    if order.chunks.contains(where: \.hasReceived) {
      var first = 0
      for chunk in order.chunks {
        chunk.withReceived { arrivals in
          var received = received.mutableSpan
          var isReceived = isReceived.mutableSpan
          for row in arrivals.indices where arrivals[row] != RowChunk.noReceived {
            let target = Int(targets[first + row])
            if target >= range.count { continue }
            received[target] = arrivals[row]
            isReceived[target] = true
          }
        }
        first += chunk.count
      }
    }
    return ColumnData(values: .int64(received), isPresent: isReceived)
  }
}
