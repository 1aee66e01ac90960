import Primitives
import Telemetry
import Testing

@testable import Protocols

@Suite struct LayoutCacheTests {
  /// A row of fields `name` or `name:unit`, all in one datagram.
  private struct Row: ~Copyable {
    var decoded = DecodedDatagram()
    var datagram: [UInt8] = []
    var row: DecodedRow

    init(_ fields: [String], first: Int = 0) {
      for _ in 0..<first { decoded.fields.append(DecodedField(name: .empty, tag: .null, payload: 0)) }
      for field in fields {
        let parts = field.split(separator: ":", maxSplits: 1).map { Array($0.utf8) }
        let name = TextRange(datagramOffset: datagram.count, length: parts.first?.count ?? 0)
        datagram += parts.first ?? []
        let unit = TextRange(datagramOffset: datagram.count, length: parts.count > 1 ? parts[1].count : 0)
        datagram += parts.count > 1 ? parts[1] : []
        decoded.fields.append(DecodedField(name: name, tag: .integer, payload: 1, unit: unit))
      }
      row = DecodedRow(
        key: .empty, keyForm: .canonical, firstField: first, fieldCount: fields.count, timeNanos: 0, hasTime: false)
    }
  }

  private func find(_ fields: [String], _ cache: borrowing LayoutCache, first: Int = 0) -> UInt32? {
    let row = Row(fields, first: first)
    return cache.find(row.row, row.decoded, row.datagram.span.bytes)
  }

  private func insert(_ fields: [String], _ cache: inout LayoutCache) -> UInt32 {
    let row = Row(fields)
    return cache.insert(row.row, row.decoded, row.datagram.span.bytes)
  }

  private static let lists = [
    [], ["a"], ["b"], ["a", "b"], ["b", "a"], ["a:mm"], ["a:m"], ["a", "a"], ["temperature"], ["temperaturf"],
    ["temperature", "temperature:Cel"], ["temp"], ["tempe"], ["12345678"], ["123456789"], ["ab"], ["mưa"],
  ]

  @Test func listsAreToldApartByNamesUnitsAndOrder() {
    var cache = LayoutCache(hash: KeyHash(seed: 2))
    for (number, list) in Self.lists.enumerated() {
      let before = find(list, cache)
      #expect(before == nil, "\(list)")
      let made = insert(list, &cache)
      #expect(made == UInt32(number))
    }
    for (number, list) in Self.lists.enumerated() {
      let found = (find(list, cache), find(list, cache, first: 3))
      #expect(found == (UInt32(number), UInt32(number)), "\(list)")
      let row = Row(list)
      for other in Self.lists.indices {
        let matches = cache.matches(UInt32(other), row.row, row.decoded, row.datagram.span.bytes)
        #expect(matches == (other == number), "\(list), \(Self.lists[other])")
      }
      let beyond = cache.matches(.max, row.row, row.decoded, row.datagram.span.bytes)
      #expect(!beyond)
    }
  }

  @Test func namesAreStoredComposed() {
    var cache = LayoutCache(hash: KeyHash(seed: 2))
    let decomposed = "mu\u{31B}a"
    let number = insert([decomposed], &cache)
    let stored = cache.storedNames[0]
    let text = cache.texts.bytes(stored.place, stored.length).withUnsafeBytes { Array($0) }
    #expect(text == Array("m\u{1B0}a".utf8))
    // Found by what was sent, again and again.
    let found = find([decomposed], cache)
    #expect(found == number)
  }

  @Test func aSegmentDefinesEachOnce() {
    var cache = LayoutCache(hash: KeyHash(seed: 2))
    let number = insert(["a"], &cache)
    let before = cache.definedIn(number)
    cache.setDefined(number, in: 9)
    let after = cache.definedIn(number)
    #expect(before == .max && after == 9)
  }

  @Test func headsOfShortNamesAreTheirBytes() {
    for length in 0...12 {
      let bytes = (0..<length).map { UInt8($0 + 1) }
      let head = bytes.span.bytes.head
      let wanted = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      #expect(head == wanted)
    }
  }
}
