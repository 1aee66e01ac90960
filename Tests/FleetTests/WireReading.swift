import Fleet
import Primitives

/// One row as an independent reader finds it in a datagram: every field by the text or number that stands there.
struct WireRow: Equatable, Hashable {
  var measurement: String
  var device: String
  var time: UnixNanos
  var numbers: [String: Double] = [:]
  var others: [String: String] = [:]
}

/// Reads a datagram of lines whose names hold no escapes, which is all that a fleet of plain ids makes.
func readLines(_ bytes: [UInt8], deviceTag: String = "device") -> [WireRow] {
  text(bytes).split(separator: "\n").map { line in
    // A string may hold spaces and commas: cut at the first and the last space.
    let first = line.firstIndex(of: " ")!
    let last = line.lastIndex(of: " ")!
    let head = line[..<first].split(separator: ",")
    var row = WireRow(
      measurement: String(head[0]), device: "", time: Int64(line[line.index(after: last)...])!)
    for tag in head.dropFirst() where tag.hasPrefix(deviceTag + "=") {
      row.device = String(tag.dropFirst(deviceTag.count + 1))
    }
    var rest = line[line.index(after: first)..<last]
    while !rest.isEmpty {
      let equals = rest.firstIndex(of: "=")!
      let name = String(rest[..<equals])
      rest = rest[rest.index(after: equals)...]
      if rest.hasPrefix("\"") {
        let end = rest.indices.dropFirst().first { rest[$0] == "\"" && rest[rest.index(before: $0)] != "\\" }!
        row.others[name] = String(rest[...end])
        rest = rest[rest.index(after: end)...].drop { $0 == "," }
        continue
      }
      let value = rest.prefix { $0 != "," }
      rest = rest[value.endIndex...].drop { $0 == "," }
      if let number = Double(value.hasSuffix("i") ? value.dropLast() : value) {
        row.numbers[name] = number
      } else {
        row.others[name] = String(value)
      }
    }
    return row
  }
}

/// Reads the CBOR items that a fleet makes (RFC 8949), as a tree.
struct CBORTree {
  indirect enum Item: Equatable {
    case number(Double)
    case text(String)
    case boolean(Bool)
    case array([Item])
    case map([Int: Item])
  }

  private let bytes: [UInt8]
  private(set) var position: Int

  init(_ bytes: [UInt8], from position: Int) {
    self.bytes = bytes
    self.position = position
  }

  private mutating func word(_ width: Int) -> UInt64 {
    defer { position += width }
    return bytes[position..<position + width].reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func item() -> Item {
    let head = bytes[position]
    position += 1
    let low = head & 31
    if head >> 5 == 7 {
      switch low {
      case 20: return .boolean(false)
      case 21: return .boolean(true)
      case 25: return .number(Double(Float16(bitPattern: UInt16(word(2)))))
      case 26: return .number(Double(Float(bitPattern: UInt32(word(4)))))
      case 27: return .number(Double(bitPattern: word(8)))
      default: fatalError("a simple value that no fleet makes")
      }
    }
    let argument = low < 24 ? UInt64(low) : word(1 << (low - 24))
    switch head >> 5 {
    case 0: return .number(Double(argument))
    case 1: return .number(-1 - Double(argument))
    case 3:
      defer { position += Int(argument) }
      return .text(text(Array(bytes[position..<position + Int(argument)])))
    case 4: return .array((0..<argument).map { _ in item() })
    case 5:
      var map: [Int: Item] = [:]
      for _ in 0..<argument {
        guard case .number(let label) = item() else { fatalError("a label that is no number") }
        map[Int(label)] = item()
      }
      return .map(map)
    case 6:
      guard argument == 4, case .array(let parts) = item(), case .number(let exponent) = parts[0],
        case .number(let mantissa) = parts[1]
      else { fatalError("a tag that no fleet makes") }
      // Through the decimal text: the nearest double, as the sender's.
      return .number(Double("\(Int64(mantissa))e\(Int(exponent))")!)
    default: fatalError("a type that no fleet makes")
    }
  }
}

/// Reads a CoAP POST of a SenML pack. The path's last segment is the measurement, the base name without its slash the
/// device.
func readPack(_ bytes: [UInt8]) -> [WireRow] {
  var position = 4 + Int(bytes[0] & 15)
  var option = 0
  var path: [String] = []
  while bytes[position] != 0xFF {
    var delta = Int(bytes[position] >> 4)
    var length = Int(bytes[position] & 15)
    position += 1
    for part in 0..<2 where (part == 0 ? delta : length) == 13 {
      if part == 0 { delta += Int(bytes[position]) } else { length += Int(bytes[position]) }
      position += 1
    }
    option += delta
    if option == 11 { path.append(text(Array(bytes[position..<position + length]))) }
    position += length
  }
  var tree = CBORTree(bytes, from: position + 1)
  guard case .array(let records) = tree.item() else { return [] }
  var rows: [WireRow] = []
  var device = ""
  var base = 0.0
  for case .map(let record) in records {
    if case .text(let name) = record[-2] { device = String(name.dropLast()) }
    if case .number(let time) = record[-3] { base = time }
    var time = base
    if case .number(let offset) = record[6] { time += offset }
    let nanos = Int64((time * 1_000).rounded()) * Nanos.perMillisecond
    if rows.last?.time != nanos { rows.append(WireRow(measurement: path.last ?? "", device: device, time: nanos)) }
    guard case .text(let name) = record[0] else { continue }
    if case .number(let value) = record[2] { rows[rows.count - 1].numbers[name] = value }
    if case .text(let value) = record[3] { rows[rows.count - 1].others[name] = value }
    if case .boolean(let value) = record[4] { rows[rows.count - 1].others[name] = "\(value)" }
  }
  return rows
}
