import Alerts
import Cryptography
import Primitives
import Sys
import Text

/// Alarms that are over, newest last: appended as they close, and forgotten when there are too many.
///
/// ```
/// DATA/alarms.closed      <first 16 digits of the JSON's SHA-256, hexadecimal> <JSON of an alarm> LF …
/// ```
/// A line whose checksum is wrong is passed over and counted; of the last one, that a crash cut off, nothing is said.
struct ClosedAlarms {
  let path: String
  private(set) var alarms: [Alarm] = []
  private var known: Set<String> = []
  /// Lines of the file.
  private var lineCount = 0
  /// Lines that could not be read.
  private(set) var damaged = 0
  private var file: File?
  /// Whether what is in the file is here.
  private(set) var isLoaded = false

  init(data: String) { path = DataDirectory(data).closedAlarms }

  /// Reads what is there.
  mutating func load() throws {
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try File.readWhole(path) } catch {
      if !error.isNotFound { throw error }
      isLoaded = true
      return
    }
    var start = 0
    while let end = bytes[start...].firstIndex(of: 0x0A) {
      lineCount += 1
      if let alarm = Self.alarm(bytes[start..<end]) { take(alarm) } else { damaged += 1 }
      start = end + 1
    }
    isLoaded = true
    // The rest would be taken for the beginning of the next line.
    if start < bytes.count { try rewrite() }
  }

  /// Begins anew, beside what cannot be read.
  mutating func setAside() {
    try? FileSystem.rename(from: path, to: DataDirectory.damaged(path))
    isLoaded = true
  }

  private mutating func take(_ alarm: Alarm) {
    if !known.insert(alarm.id).inserted { return }
    alarms.append(alarm)
    if alarms.count > Limits.closedAlarms + Limits.closedAlarms / 8 { forget() }
  }

  private mutating func forget() {
    let excess = alarms.count - Limits.closedAlarms
    known.subtract(alarms.prefix(excess).map(\.id))
    alarms.removeFirst(excess)
  }

  /// Makes alarms durable; those that are there are left alone.
  mutating func append(_ closed: [Alarm]) throws {
    let new = closed.filter { !known.contains($0.id) }
    if new.isEmpty { return }
    if lineCount + new.count > 2 * Limits.closedAlarms { try rewrite() }
    let target: File
    if let file {
      target = file
    } else {
      let isNew = !FileSystem.exists(path)
      target = try File(path, .append)
      if isNew { try FileSystem.synchronizeDirectory(FileSystem.parent(of: path)) }
      file = target
    }
    do throws(SystemError) {
      try target.write(all: new.flatMap { Self.line($0) })
      try target.synchronizeData()
    } catch {
      // Nobody knows what is there: it is written anew from memory next time.
      file = nil
      try? rewrite()
      throw error
    }
    lineCount += new.count
    for alarm in new { take(alarm) }
  }

  private mutating func rewrite() throws(SystemError) {
    file = nil
    try FileSystem.replace(path, by: alarms.flatMap { Self.line($0) })
    lineCount = alarms.count
  }

  private static func line(_ alarm: Alarm) -> [UInt8] {
    let body = alarm.json.bytes
    return Array("\(checksum(body)) ".utf8) + body + [0x0A]
  }

  private static let checksumDigits = 16

  private static func checksum(_ bytes: [UInt8]) -> String {
    // Every build of libcrypto has it.
    Hexadecimal.text((DigestAlgorithm.sha256.digest(bytes) ?? []).prefix(checksumDigits / 2))
  }

  private static func alarm(_ line: ArraySlice<UInt8>) -> Alarm? {
    guard line.count > checksumDigits, line[line.startIndex + checksumDigits] == 0x20 else { return nil }
    let body = Array(line.dropFirst(checksumDigits + 1))
    guard line.prefix(checksumDigits).elementsEqual(checksum(body).utf8), let json = try? JSONReader.read(body) else {
      return nil
    }
    return Alarm(json: json)
  }
}
