import Cryptography
import Primitives
import Sys
import Text

/// The file of what must not be forgotten over a restart.
///
/// ```
/// DATA/alerts.state      thinai-alerts 2 <SHA-256 of what follows, hexadecimal> LF JSON
/// ```
/// Written to a file beside it, made durable and renamed, so that there is always one that is whole. Version 1, which
/// knew no alarms, is read too.
struct AlertStateFile {
  typealias Content = AlarmContent

  private static let head = "thinai-alerts 2 "
  private static let oldHead = "thinai-alerts 1 "
  let path: String

  init(data: String) {
    path = DataDirectory(data).alertState
  }

  /// What was kept, and what is wrong with it, if anything: then it is begun anew, and the old one is set aside.
  ///
  /// nil if the disk does not give it now: it may hold what nobody was told yet, and must not be written over.
  func load() -> (content: Content?, fault: String?) {
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try File.readWhole(path) } catch {
      if error.isNotFound { return (Content(), nil) }
      return (nil, "cannot read alert state \(path): \(error); no rule is evaluated until it can be read")
    }
    do { return (try Self.decode(bytes), nil) } catch { return (Content(), setAside("\(error)")) }
  }

  /// Moves it out of the way; what to say of that.
  func setAside(_ cause: String) -> String {
    let aside = DataDirectory.damaged(path)
    let isKept = (try? FileSystem.rename(from: path, to: aside)) != nil
    let what = isKept ? "it is set aside as \(aside)" : "it will be written over"
    return "cannot read alert state \(path): \(cause); \(what), and what still holds fires again"
  }

  func save(_ content: Content) throws {
    let body = content.json.bytes
    do throws(SystemError) {
      try FileSystem.replace(path, by: Array("\(Self.head)\(Self.digest(body))\n".utf8) + body)
    } catch {
      throw EngineError("cannot write alert state \(path): \(error)")
    }
  }

  private static func decode(_ bytes: [UInt8]) throws -> Content {
    guard let end = bytes.firstIndex(of: 0x0A) else { throw EngineError("it has no first line") }
    let line = String(decoding: bytes[..<end], as: UTF8.self)
    guard line.hasPrefix(head) || line.hasPrefix(oldHead) else {
      throw EngineError("\(line.prefix(40)) is no version that is known")
    }
    let body = Array(bytes[(end + 1)...])
    guard line.dropFirst(head.count) == digest(body) else { throw EngineError("its checksum is wrong") }
    return try Content(json: try JSONReader.read(body))
  }

  static func digest(_ bytes: [UInt8]) -> String {
    // Every build of libcrypto has it.
    Hexadecimal.text(DigestAlgorithm.sha256.digest(bytes) ?? [])
  }
}
