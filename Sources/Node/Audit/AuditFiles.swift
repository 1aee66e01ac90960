import Access
import Checksum
import Primitives
import Sys
import Text

/// The files of a node's audit, `DATA/audit/<node>/<number>.lines`: what was answered and is in no part yet.
///
/// ```
/// <CRC-32C of what follows the blank, hexadecimal> SP {"node":…,"sequence":…,"time":…, …} LF
/// ```
/// Lines are only ever appended. A last line that is not whole was never counted on; one in the middle is damage, and what
/// it held is missed by its sequence.
struct AuditFiles {
  let directory: String

  init(data: String, node: String) {
    directory = DataDirectory(data).audit(node: node)
  }

  func path(_ number: UInt64) -> String { directory + "/" + DataDirectory.auditFile(number) }

  /// The numbers of the files that are there, ascending.
  func numbers() throws(SystemError) -> [UInt64] {
    if !FileSystem.exists(directory) { return [] }
    return try FileSystem.list(directory).compactMap { entry in
      // After the largest number there would be none.
      DataDirectory.number(ofAuditFile: entry.name).flatMap { $0 < .max ? $0 : nil }
    }.sorted()
  }

  /// The lines of all files by their sequence, each once. A file that went meanwhile was sealed.
  func records() throws(SystemError) -> [AuditRecord] {
    var found: [Int64: AuditRecord] = [:]
    for number in try numbers() {
      let bytes: [UInt8]
      do throws(SystemError) {
        bytes = try File.readWhole(path(number))
      } catch {
        if error.isNotFound { continue }
        throw error
      }
      var rest = bytes[...]
      while let end = rest.firstIndex(of: 0x0A) {
        if let record = Self.record(rest[..<end]) { found[record.sequence] = found[record.sequence] ?? record }
        rest = rest[(end + 1)...]
      }
    }
    return found.values.sorted { $0.sequence < $1.sequence }
  }

  // MARK: lines

  static func bytes(_ record: AuditRecord) -> [UInt8] {
    let line = record.line
    func number(_ value: Int?) -> JSONValue { value.map { .count($0) } ?? .null }
    let json = JSONValue.members(
      ("node", .string(record.node)), ("sequence", .integer(record.sequence)), ("previous", .string(record.previous)),
      ("hash", .string(record.hash)), ("time", .integer(line.time)), ("name", .string(line.name)),
      ("address", .string(line.address)), ("method", .string(line.method)), ("path", .string(line.path)),
      ("query", .string(line.query)), ("status", .count(line.status)), ("rows", number(line.rows)),
      ("bytes", number(line.bytes)), ("duration", number(line.durationMicros))
    ).bytes
    return Array("\(checksum(json)) ".utf8) + json + [0x0A]
  }

  /// nil if the bytes are no line.
  static func record(_ bytes: ArraySlice<UInt8>) -> AuditRecord? {
    guard bytes.count > 9 else { return nil }
    let json = Array(bytes.dropFirst(9))
    guard String(decoding: bytes.prefix(8), as: UTF8.self) == checksum(json), let value = try? JSONReader.read(json),
      let node = value["node"]?.text, let sequence = value["sequence"]?.integer, let previous = value["previous"]?.text,
      let hash = value["hash"]?.text, let time = value["time"]?.integer, let status = value["status"]?.integer
    else { return nil }
    func text(_ name: String) -> String { value[name]?.text ?? "" }
    func number(_ name: String) -> Int? { value[name]?.integer.map { Int($0) } }
    let line = AuditLine(
      stored: time, name: text("name"), address: text("address"), method: text("method"), path: text("path"),
      query: text("query"), status: Int(status), rows: number("rows"), bytes: number("bytes"),
      durationMicros: number("duration"))
    return AuditRecord(line: line, node: node, sequence: sequence, previous: previous, hash: hash)
  }

  static func checksum(_ bytes: [UInt8]) -> String {
    Hexadecimal.text(bytes.withUnsafeBytes { CRC32C.of($0) })
  }
}
