@testable import API
import Testing

/// The bytes by the format's rules; pyarrow reads whole streams in the black-box checks.
@Suite struct ArrowTests {
  private func word(_ bytes: [UInt8], at place: Int) -> Int {
    bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// The places of messages, by their frames. Each body's length is taken from its message: the fourth slot.
  private func messages(_ bytes: [UInt8]) -> [(metadata: Int, body: Int)] {
    var found: [(metadata: Int, body: Int)] = []
    var place = 0
    while word(bytes, at: place) == 0xffff_ffff, word(bytes, at: place + 4) > 0 {
      let length = word(bytes, at: place + 4)
      let metadata = Array(bytes[(place + 8)...].prefix(length))
      let table = word(metadata, at: 0)
      let vtable = table - word(metadata, at: table)
      let body = word(metadata, at: table + Int(metadata[vtable + 10]))
      found.append((metadata: length, body: body))
      place += 8 + length + body
    }
    #expect(place == bytes.count - 8 && word(bytes, at: place + 4) == 0)
    return found
  }

  @Test func messagesAreFramedAndAligned() {
    var columns = [ArrowColumn("device", .text), ArrowColumn("time", .time), ArrowColumn("v", .double)]
    var stream = ArrowStream(columns: columns)
    for row in 0..<9 {
      columns[0].append("d\(row)")
      columns[1].append(Int64(row))
      columns[2].append(row == 8 ? .infinity : Double(row))
    }
    stream.append(batch: columns)
    for index in columns.indices { columns[index].clear() }
    columns[0].append("")
    columns[1].append(Int64.max)
    columns[2].append(-0.0)
    stream.append(batch: columns)
    stream.end()
    let found = messages(stream.bytes)
    #expect(found.count == 3 && found.allSatisfy { $0.metadata % 8 == 0 && $0.body % 8 == 0 })
    #expect(found.map(\.body) == [0, 40 + 24 + 72 + 8 + 72, 8 + 8 + 8])
  }

  @Test func onlyWhatIsNullHasAValidityBuffer() {
    var column = ArrowColumn("v", .double)
    for _ in 0..<9 { column.append(1.5) }
    #expect(column.buffers[0].isEmpty && column.nullCount == 0)
    column.append(.nan)
    #expect(column.buffers[0] == [0xff, 0x01] && column.nullCount == 1 && column.buffers[1].count == 80)
  }

  @Test func distancesLeadToWhatWasMeant() {
    let bytes = FlatBuffer(root: FlatTable(.byte(7), nil, .text("né"), .structs([1, -1], width: 2), .long(9))).bytes
    let table = word(bytes, at: 0)
    let vtable = table - word(bytes, at: table)
    let slots = (0..<5).map { Int(bytes[vtable + 4 + 2 * $0]) }
    #expect(bytes.count % 8 == 0 && slots[1] == 0 && bytes[table + slots[0]] == 7)
    let text = table + slots[2] + word(bytes, at: table + slots[2])
    #expect(word(bytes, at: text) == 3 && Array(bytes[(text + 4)...].prefix(4)) == Array("né".utf8) + [0])
    let structs = table + slots[3] + word(bytes, at: table + slots[3])
    #expect(word(bytes, at: structs) == 1 && (structs + 4) % 8 == 0 && bytes[structs + 12] == 0xff)
    #expect((table + slots[4]) % 8 == 0 && bytes[table + slots[4]] == 9)
  }
}
