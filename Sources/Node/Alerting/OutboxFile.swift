import Foundation
import Journal
import Primitives
import Sys

/// What waits to be delivered to one receiver.
struct WebhookDelivery: Codable, Hashable, Sendable {
  /// The same over every attempt.
  var id: String
  var created: UnixNanos
  /// Deliveries of one order follow each other.
  var order: String
  var body: String
}

/// One line of an outbox file.
///
/// ```
/// <CRC-32C of what follows the blank, hexadecimal> SP {"add":{…}} LF      something to deliver
/// <CRC-32C …> SP {"done":"<id>"} LF                                       it was delivered, or given up
/// ```
/// Lines are only ever appended. A last line that is not whole was never counted on; one in the middle is damage.
struct OutboxLine: Codable, Hashable, Sendable {
  var add: WebhookDelivery?
  var done: String?

  static func bytes(_ line: OutboxLine) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = Array(try encoder.encode(line))
    return Array("\(checksum(json)) ".utf8) + json + [0x0A]
  }

  /// nil if the bytes are no line.
  static func read(_ bytes: ArraySlice<UInt8>) -> OutboxLine? {
    guard bytes.count > 9 else { return nil }
    let json = Array(bytes.dropFirst(9))
    guard String(decoding: bytes.prefix(8), as: UTF8.self) == checksum(json) else { return nil }
    return try? JSONDecoder().decode(OutboxLine.self, from: Data(json))
  }

  private static func checksum(_ json: [UInt8]) -> String {
    Hexadecimal.text(json.withUnsafeBytes { CRC32C.of($0) })
  }
}

/// The files of one receiver's outbox, `DATA/outbox/<receiver>/<number>.outbox`, read and written in order.
struct OutboxFiles {
  static let bytesPerFile = 1 << 20
  let directory: String

  func path(_ number: UInt64) -> String {
    let digits = String(number)
    return "\(directory)/\(String(repeating: "0", count: max(0, 20 - digits.count)))\(digits).outbox"
  }

  /// The numbers of the files that are there, ascending.
  func numbers() throws(SystemError) -> [UInt64] {
    try FileSystem.list(directory).compactMap { entry in
      guard entry.name.hasSuffix(".outbox"), let number = UInt64(entry.name.dropLast(7)), number < .max else {
        return nil
      }
      return path(number).hasSuffix("/" + entry.name) ? number : nil
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
