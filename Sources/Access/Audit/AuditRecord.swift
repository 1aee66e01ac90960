import Cryptography
import Primitives

/// A line with its place in the chain: each carries the hash of the one before, so that none can be changed, taken out or
/// put in without those behind it telling.
///
/// The hash is SHA-256, in hexadecimal digits, over
/// ```
/// <hash of the line before: 64 digits> then, for each of
/// node, sequence, time, name, address, method, path, query, status, rows, bytes, duration:
/// <octets of the value, a decimal number> ":" <the value in UTF-8>
/// ```
/// Numbers are decimal, the time is in microseconds since 1970, a value that is missing is empty.
public struct AuditRecord: Hashable, Sendable {
  public var line: AuditLine
  /// The node that answered. Each node has a chain of its own.
  public var node: String
  /// From 1 on.
  public var sequence: Int64
  /// The hash of the line before; zeros where there is none.
  public var previous: String
  public var hash: String

  public init(line: AuditLine, node: String, sequence: Int64, previous: String, hash: String) {
    self.line = line
    self.node = node
    self.sequence = sequence
    self.previous = previous
    self.hash = hash
  }

  /// What the first line of a chain stands behind.
  public static let origin = String(repeating: "0", count: 2 * DigestAlgorithm.sha256.byteCount)

  /// The hash that it must have, as it is.
  public var computedHash: String {
    var bytes = Array(previous.utf8)
    func append(_ text: String) {
      bytes += "\(text.utf8.count):".utf8
      bytes += text.utf8
    }
    append(node)
    append(String(sequence))
    append(String(line.time / Nanos.perMicrosecond))
    for text in [line.name, line.address, line.method, line.path, line.query] { append(text) }
    append(String(line.status))
    for number in [line.rows, line.bytes, line.durationMicros] { append(number.map { String($0) } ?? "") }
    // Every build of libcrypto has it.
    return Hexadecimal.text(DigestAlgorithm.sha256.digest(bytes) ?? [])
  }
}

/// Where a chain ends: makes the next record.
public struct AuditChain: Hashable, Sendable {
  public let node: String
  /// Of the newest line; 0 where there is none.
  public private(set) var sequence: Int64
  public private(set) var hash: String

  public init(node: String, sequence: Int64 = 0, hash: String = AuditRecord.origin) {
    self.node = node
    self.sequence = sequence
    self.hash = hash
  }

  public mutating func append(_ line: AuditLine) -> AuditRecord {
    var record = AuditRecord(line: line, node: node, sequence: sequence + 1, previous: hash, hash: "")
    record.hash = record.computedHash
    (sequence, hash) = (record.sequence, record.hash)
    return record
  }
}
