import Cryptography
import Intake
import Sys

/// The node's own SNMP engine in `DATA/snmp-engine`: its id, made once, and how often the node was started. Senders of
/// informs refuse an engine whose count goes back.
enum SNMPEngineFile {
  /// One line: the id in hexadecimal, a blank, the count.
  ///
  /// A disk that is full keeps nobody from starting: then `fault` tells what could not be kept.
  static func open(_ directory: String) -> (engine: SNMPEngine, fault: String?) {
    let path = directory + "/snmp-engine"
    var engine = SNMPEngine(id: made(), boots: 0)
    if let bytes = try? File.readWhole(path), let known = parsed(String(decoding: bytes, as: UTF8.self)) {
      engine = known
    }
    engine.boots = min(engine.boots + 1, Int64(Int32.max))
    do throws(SystemError) {
      try keep(engine, path, directory)
      return (engine, nil)
    } catch {
      return (engine, "cannot write SNMP engine \(path): \(error); informs of version 3 may be refused after a restart")
    }
  }

  private static func keep(_ engine: SNMPEngine, _ path: String, _ directory: String) throws(SystemError) {
    let digits = engine.id.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    let temporary = path + ".tmp"
    if FileSystem.exists(temporary) { try FileSystem.unlink(temporary) }
    let file = try File(temporary, .createExclusive)
    try file.write(all: Array("\(digits) \(engine.boots)\n".utf8))
    try file.synchronizeData()
    try FileSystem.rename(from: temporary, to: path)
    try FileSystem.synchronizeDirectory(directory)
  }

  /// RFC 3411 section 5, format 5 (octets of one's own); no enterprise number is ours.
  private static func made() -> [UInt8] {
    [0x80, 0, 0, 0, 5] + randomBytes(8)
  }

  private static func parsed(_ text: String) -> SNMPEngine? {
    let parts = text.split(whereSeparator: { $0.isWhitespace })
    guard parts.count == 2, let boots = Int64(parts[1]), boots >= 0 else { return nil }
    let digits = Array(parts[0].utf8)
    guard digits.count % 2 == 0, (10...64).contains(digits.count) else { return nil }
    let pairs = stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
    }
    return pairs.contains(nil) ? nil : SNMPEngine(id: pairs.compactMap { $0 }, boots: boots)
  }
}
