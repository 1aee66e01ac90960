import Cryptography
import Primitives
import Protocols
import Sys

/// The node's own SNMP engine in `DATA/snmp-engine`: its id, made once, and how often the node was started. Senders of
/// informs refuse an engine whose count goes back.
enum SNMPEngineFile {
  /// One line: the id in hexadecimal, a blank, the count.
  ///
  /// A disk that is full keeps nobody from starting: then `fault` tells what could not be kept.
  static func open(_ data: String) -> (engine: SNMPEngine, fault: String?) {
    let path = DataDirectory(data).snmpEngine
    var engine = SNMPEngine(id: made(), boots: 0)
    var damage: String?
    if FileSystem.exists(path) {
      if let bytes = try? File.readWhole(path), let known = parsed(String(decoding: bytes, as: UTF8.self)) {
        engine = known
      } else {
        damage =
          "cannot read SNMP engine \(path): it is damaged; a new one was made, which senders of informs must discover"
      }
    }
    engine.boots = min(engine.boots, Int64(Int32.max) - 1) + 1
    do throws(SystemError) {
      try FileSystem.replace(path, by: Array("\(Hexadecimal.text(engine.id)) \(engine.boots)\n".utf8))
      return (engine, damage)
    } catch {
      return (engine, "cannot write SNMP engine \(path): \(error); informs of version 3 may be refused after a restart")
    }
  }

  /// RFC 3411 section 5, format 5 (octets of one's own); no enterprise number is ours.
  private static func made() -> [UInt8] {
    [0x80, 0, 0, 0, 5] + randomBytes(8)
  }

  private static func parsed(_ text: String) -> SNMPEngine? {
    let parts = text.split(whereSeparator: { $0.isWhitespace })
    guard parts.count == 2, let boots = Int64(parts[1]), boots >= 0 else { return nil }
    guard let id = Hexadecimal.octets(parts[0]), (5...32).contains(id.count) else { return nil }
    return SNMPEngine(id: id, boots: boots)
  }
}
