import Parquet
import Primitives
import Telemetry

/// Makes a table's columns of ordered rows, learning what the table's schema does not know yet.
struct PartColumns {
  let sources: [RowSource]
  /// The table's number of each source's fields.
  private(set) var fieldNumbers: [[Int]] = []
  /// All fields, by number.
  private(set) var fields: [FieldIdentity] = []
  private(set) var order: RowOrder
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
    for key in order.keys {
      for tag in key.tags { _ = schema.column(wireName: tag.name, role: .tag, type: .string) }
    }
    for (number, field) in fields.enumerated() where schema.index(wireName: field.name, role: .field) == nil {
      var learner = TypeLearner()
      var isUsed = false
      for (source, numbers) in zip(sources, fieldNumbers) {
        guard let column = numbers.firstIndex(of: number) else { continue }
        for chunk in source.chunks where chunk.hasColumn(column) {
          for row in 0..<chunk.count {
            let tag = chunk.tag(row, column: column)
            if tag == .null { continue }
            isUsed = true
            learner.note(tag)
          }
        }
      }
      if isUsed { _ = schema.column(wireName: field.name, role: .field, type: learner.type, unit: field.unit) }
    }
  }

  /// The columns of the rows `range` of the order, by column number of the schema; those without a value are left out.
  mutating func columns(of range: [Int]) -> [Int: ColumnData] {
    var result: [Int: ColumnData] = [:]
    addTags(range, &result)
    let hasJoined = !order.joined.isEmpty
    for (number, field) in fields.enumerated() {
      guard let primary = schema.index(wireName: field.name, role: .field) else { continue }
      var builder = FieldColumnBuilder(count: range.count, type: schema.columns[primary].type)
      for (index, position) in range.enumerated() {
        put(position, number, at: index, &builder)
        if hasJoined, let more = order.joined[position] {
          for place in more { put(place, number, at: index, &builder) }
        }
      }
      if let data = builder.primary.finish() { result[primary] = data }
      for (role, sibling) in builder.siblings {
        let type: ColumnType = role == .exact ? .double : role == .boolean ? .boolean : .string
        let index = schema.column(wireName: field.name, role: role, type: type, unit: "")
        if let data = sibling.finish() { result[index] = data }
      }
    }
    return result
  }

  private func put(_ position: Int, _ field: Int, at index: Int, _ builder: inout FieldColumnBuilder) {
    put(order.places[position], field, at: index, &builder)
  }

  private func put(_ place: RowOrder.Place, _ field: Int, at index: Int, _ builder: inout FieldColumnBuilder) {
    guard let column = columnOf(field, source: Int(place.source)) else { return }
    let chunk = sources[Int(place.source)].chunks[Int(place.chunk)]
    let tag = chunk.tag(Int(place.row), column: column)
    if tag == .null { return }
    builder.put(tag, chunk.payload(Int(place.row), column: column), of: chunk, at: index)
  }

  func columnOf(_ field: Int, source: Int) -> Int? {
    let numbers = fieldNumbers[source]
    // Most often there is one source, whose numbers are the table's.
    if field < numbers.count && numbers[field] == field { return field }
    return numbers.firstIndex(of: field)
  }

  private func addTags(_ range: [Int], _ result: inout [Int: ColumnData]) {
    for (index, column) in schema.columns.enumerated() where column.role == .tag {
      var builder = StringColumnBuilder()
      var isPresent = [Bool](repeating: false, count: range.count)
      var lastRank = UInt32.max
      var text: String?
      for (row, position) in range.enumerated() {
        let rank = order.places[position].rank
        if rank != lastRank {
          lastRank = rank
          text = order.keys[Int(rank)].tags.first { $0.name == column.wireName }?.value
        }
        if let text {
          builder.append(text)
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

  /// `device`, `time` and `received` of the rows.
  func fixedColumns(of range: [Int]) -> [ColumnData] {
    var devices = StringColumnBuilder()
    var times: [Int64] = []
    var received: [Int64] = []
    var isReceived = [Bool](repeating: false, count: range.count)
    times.reserveCapacity(range.count)
    received.reserveCapacity(range.count)
    for (index, position) in range.enumerated() {
      let place = order.places[position]
      devices.append(order.keys[Int(place.rank)].device)
      times.append(place.time)
      let arrival = sources[Int(place.source)].chunks[Int(place.chunk)].received(Int(place.row))
      received.append(arrival == RowChunk.noReceived ? 0 : arrival)
      isReceived[index] = arrival != RowChunk.noReceived
    }
    return [
      ColumnData(values: .string(devices.finish())), ColumnData(values: .int64(times)),
      ColumnData(values: .int64(received), isPresent: isReceived),
    ]
  }
}
