import Access
import Primitives
import Sys
import Text

/// The newest line that is on the disk, in a file of its own: where the chain's end is cut off, this tells.
///
/// ```
/// DATA/audit/<node>/newest      two slots of 256 octets, written in turns, so that one is always whole:
///                               <CRC-32C of what follows the blank> SP {"sequence":…,"hash":…} blanks LF
/// ```
/// It is written after the lines are durable, so it never names one that is not there.
struct AuditAnchor {
  struct Newest: Hashable {
    var sequence: Int64
    var hash: String
  }

  private static let slotBytes = 256
  let path: String
  private var file: File?

  init(data: String, node: String) {
    path = DataDirectory(data).audit(node: node) + "/" + DataDirectory.newestAudit
  }

  /// What it names, and whether there is a file that names nothing; nil and false where there is none.
  func read() throws(SystemError) -> (newest: Newest?, isDamaged: Bool) {
    guard FileSystem.exists(path) else { return (nil, false) }
    let bytes = try File.readWhole(path)
    let slots = stride(from: 0, to: bytes.count, by: Self.slotBytes).compactMap { start in
      Self.slot(bytes[start..<min(start + Self.slotBytes, bytes.count)])
    }
    let newest = slots.max { $0.sequence < $1.sequence }
    return (newest, newest == nil)
  }

  mutating func write(_ record: AuditRecord) throws(SystemError) {
    let json = JSONValue.members(("sequence", .integer(record.sequence)), ("hash", .string(record.hash))).bytes
    var slot = Array("\(AuditFiles.checksum(json)) ".utf8) + json
    slot += [UInt8](repeating: UInt8(ascii: " "), count: max(0, Self.slotBytes - 1 - slot.count)) + [0x0A]
    let file: File
    if let open = self.file { file = open } else { file = try File(path, .readWrite) }
    self.file = file
    try file.write(all: slot, at: Int(record.sequence % 2) * Self.slotBytes)
  }

  private static func slot(_ bytes: ArraySlice<UInt8>) -> Newest? {
    guard bytes.count == slotBytes else { return nil }
    var json = Array(bytes.dropFirst(9).dropLast())
    while json.last == UInt8(ascii: " ") { json.removeLast() }
    guard String(decoding: bytes.prefix(8), as: UTF8.self) == AuditFiles.checksum(json),
      let value = try? JSONReader.read(json), let sequence = value["sequence"]?.integer, let hash = value["hash"]?.text
    else { return nil }
    return Newest(sequence: sequence, hash: hash)
  }
}
