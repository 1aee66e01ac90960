import Checksum
import Journal
import Primitives
import Sys
import Text

/// What waits to be delivered to one receiver.
struct OutboxDelivery: Hashable, Sendable {
  /// The same over every attempt.
  var id: String
  var created: UnixNanos
  /// Deliveries of one order follow each other.
  var order: String
  /// What is told, as JSON: the receiver puts it into its own words when it is sent.
  var body: String
}

extension OutboxDelivery {
  var json: JSONValue {
    .members(
      ("body", .string(body)), ("created", .integer(created)), ("id", .string(id)), ("order", .string(order)))
  }

  /// nil if something of it is missing.
  init?(json: JSONValue) {
    guard let body = json["body"]?.text, let created = json["created"]?.integer, let id = json["id"]?.text,
      let order = json["order"]?.text
    else { return nil }
    self.init(id: id, created: created, order: order, body: body)
  }
}

/// One line of an outbox file.
///
/// ```
/// <CRC-32C of what follows the blank, hexadecimal> SP {"add":{…}} LF      something to deliver
/// <CRC-32C …> SP {"done":"<id>"} LF                                       it was delivered, or given up
/// <CRC-32C …> SP {"group":"<id>","of":["<id>",…]} LF                      these are sent as one
/// <CRC-32C …> SP {"told":["<recipient>",…],"of":["<id>",…]} LF            these recipients need them no more
/// ```
/// Lines are only ever appended. A last line that is not whole was never counted on; one in the middle is damage.
struct OutboxLine: Hashable, Sendable {
  var add: OutboxDelivery?
  var done: String?
  var group: String?
  var told: [String]?
  /// What `group` and `told` are about.
  var of: [String] = []

  static func bytes(_ line: OutboxLine) -> [UInt8] {
    var members: [JSONMember] = []
    if let add = line.add { members.append(JSONMember(name: "add", value: add.json)) }
    if let done = line.done { members.append(JSONMember(name: "done", value: .string(done))) }
    if let group = line.group { members.append(JSONMember(name: "group", value: .string(group))) }
    if let told = line.told { members.append(JSONMember(name: "told", value: .array(told.map { .string($0) }))) }
    if !line.of.isEmpty { members.append(JSONMember(name: "of", value: .array(line.of.map { .string($0) }))) }
    let json = JSONValue.object(members).bytes
    return Array("\(checksum(json)) ".utf8) + json + [0x0A]
  }

  /// nil if the bytes are no line.
  static func read(_ bytes: ArraySlice<UInt8>) -> OutboxLine? {
    guard bytes.count > 9 else { return nil }
    let json = Array(bytes.dropFirst(9))
    guard String(decoding: bytes.prefix(8), as: UTF8.self) == checksum(json),
      let value = try? JSONReader.read(json), case .object = value
    else { return nil }
    let add = value["add"].map { OutboxDelivery(json: $0) }
    if case .some(nil) = add { return nil }
    return OutboxLine(
      add: add ?? nil, done: value["done"]?.text, group: value["group"]?.text,
      told: value["told"]?.elements.compactMap(\.text), of: value["of"]?.elements.compactMap(\.text) ?? [])
  }

  private static func checksum(_ json: [UInt8]) -> String {
    Hexadecimal.text(json.withUnsafeBytes { CRC32C.of($0) })
  }
}

/// The files of one receiver's outbox, `DATA/outbox/<receiver>/<number>.outbox`, read and written in order.
struct OutboxFiles {
  let directory: String

  func path(_ number: UInt64) -> String {
    "\(directory)/\(DataDirectory.outboxFile(number))"
  }

  /// The numbers of the files that are there, ascending.
  func numbers() throws(SystemError) -> [UInt64] {
    try FileSystem.list(directory).compactMap { entry in
      // After the largest number there would be none.
      DataDirectory.number(ofOutboxFile: entry.name).flatMap { $0 < .max ? $0 : nil }
    }.sorted()
  }

  /// The lines of a file, and how many in its middle are damaged.
  func lines(_ number: UInt64) throws(SystemError) -> (lines: [OutboxLine], damaged: Int, byteCount: Int) {
    let bytes = try File.readWhole(path(number))
    var lines: [OutboxLine] = []
    var damaged = 0
    var rest = bytes[...]
    while let end = rest.firstIndex(of: 0x0A) {
      if let line = OutboxLine.read(rest[..<end]) { lines.append(line) } else { damaged += 1 }
      rest = rest[(end + 1)...]
    }
    return (lines, damaged, bytes.count)
  }
}
