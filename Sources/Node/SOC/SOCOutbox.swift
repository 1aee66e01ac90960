import Primitives
import Synchronization
import Sys
import Text

/// What the security operations centre has yet to be told, on disk: appended and made durable before it counts as told,
/// removed when it was received. It survives whatever ends the process.
///
/// ```
/// DATA/soc/<number>.outbox    <CRC-32C of what follows the blank> SP {"audit":<sequence>,"message":…} LF
/// DATA/soc/sent               <CRC-32C …> SP {"file":…,"line":…,"audit":…} LF     all before that line was received
/// ```
/// Files go from the oldest on: where more waits than may, the oldest file is given up, and what was in it counted.
final class SOCOutbox: Sendable {
  /// A line's place.
  struct Place: Comparable, Hashable, Sendable {
    var file: UInt64
    var line: Int

    static func < (left: Place, right: Place) -> Bool { (left.file, left.line) < (right.file, right.line) }
  }

  struct Facts: Sendable {
    var pending = 0
    var sent: UInt64 = 0
    var dropped: UInt64 = 0
    var fault: String?
  }

  private struct Stored {
    var number: UInt64
    var lineCount: Int
    var byteCount: Int
  }

  private struct State {
    var files: [Stored] = []
    var current: File?
    var mark = Place(file: 0, line: 0)
    var nextNumber: UInt64 = 1
    /// The newest line of the audit that is in the outbox, or was.
    var newestAudit: Int64 = 0
    var facts = Facts()

    var pending: Int {
      files.reduce(0) { $0 + $1.lineCount - ($1.number == mark.file ? min(mark.line, $1.lineCount) : 0) }
    }
  }

  private let directory: String
  private let state: Mutex<State>

  init(data: String) throws {
    directory = DataDirectory(data).soc
    var found = State()
    if FileSystem.exists(directory) { try Self.read(directory, &found) }
    state = Mutex(found)
  }

  private static func read(_ directory: String, _ state: inout State) throws {
    let sent = directory + "/" + DataDirectory.socSent
    if FileSystem.exists(sent), let json = value(of: try File.readWhole(sent).dropLast()),
      let file = json["file"]?.integer, let line = json["line"]?.integer, let audit = json["audit"]?.integer,
      file >= 0, line >= 0
    {
      state.mark = Place(file: UInt64(file), line: Int(line))
      state.newestAudit = audit
      state.nextNumber = state.mark.file + 1
    }
    let numbers = try FileSystem.list(directory).compactMap { entry in
      DataDirectory.number(ofOutboxFile: entry.name).flatMap { $0 < .max ? $0 : nil }
    }.sorted()
    for number in numbers {
      state.nextNumber = max(state.nextNumber, number + 1)
      if number < state.mark.file {
        try? FileSystem.unlink(directory + "/" + DataDirectory.outboxFile(number))
        continue
      }
      let bytes = try File.readWhole(directory + "/" + DataDirectory.outboxFile(number))
      let lines = messages(bytes)
      for message in lines { state.newestAudit = max(state.newestAudit, message?.auditSequence ?? 0) }
      state.files.append(Stored(number: number, lineCount: lines.count, byteCount: bytes.count))
    }
  }

  var facts: Facts {
    state.withLock { state in
      var facts = state.facts
      facts.pending = state.pending
      return facts
    }
  }

  /// The newest line of the audit that need not be added any more.
  var newestAudit: Int64 { state.withLock { $0.newestAudit } }

  /// Where what was not received begins.
  var mark: Place { state.withLock { $0.mark } }

  // MARK: adding

  /// Makes messages durable.
  func add(_ messages: [SOCMessage]) throws {
    if messages.isEmpty { return }
    try state.withLock { state in
      do {
        try append(messages, &state)
        state.facts.fault = nil
      } catch {
        state.facts.fault = "cannot write \(directory): \(error)"
        throw error
      }
      for message in messages { state.newestAudit = max(state.newestAudit, message.auditSequence ?? 0) }
      dropOldest(&state)
    }
  }

  private func append(_ messages: [SOCMessage], _ state: inout State) throws {
    if (state.files.last?.byteCount ?? 0) >= Limits.socFileBytes { state.current = nil }
    let file: File
    if let current = state.current {
      file = current
    } else {
      try FileSystem.createDirectories(directory)
      file = try File(path(state.nextNumber), .append)
      try FileSystem.synchronizeDirectory(directory)
      state.files.append(Stored(number: state.nextNumber, lineCount: 0, byteCount: 0))
      state.nextNumber += 1
      state.current = file
    }
    let last = state.files.count - 1
    let bytes = messages.flatMap { Self.bytes($0) }
    do throws(SystemError) {
      try file.write(all: bytes)
      try file.synchronizeData()
    } catch {
      // What is there is read as far as it was counted.
      state.current = nil
      throw error
    }
    state.files[last].byteCount += bytes.count
    state.files[last].lineCount += messages.count
  }

  private func dropOldest(_ state: inout State) {
    while state.files.count > 1, state.files.reduce(0, { $0 + $1.byteCount }) > Limits.socBytes {
      let oldest = state.files.removeFirst()
      let begun = oldest.number == state.mark.file ? min(state.mark.line, oldest.lineCount) : 0
      state.facts.dropped += UInt64(oldest.lineCount - begun)
      state.mark = Place(file: state.files[0].number, line: 0)
      save(&state)
      try? FileSystem.unlink(path(oldest.number))
    }
  }

  // MARK: sending

  /// What comes from a place on, some of it, and the place behind each.
  func messages(from place: Place) throws -> [(message: SOCMessage, end: Place)] {
    let files = state.withLock { $0.files }
    for file in files where file.number >= place.file {
      let begin = file.number == place.file ? place.line : 0
      if begin >= file.lineCount { continue }
      let bytes: [UInt8]
      do throws(SystemError) {
        bytes = try File.readWhole(path(file.number))
      } catch {
        // It was given up meanwhile.
        if error.isNotFound { continue }
        throw error
      }
      let lines = Self.messages(bytes).prefix(file.lineCount)
      let found = lines.enumerated().dropFirst(begin).compactMap { index, message in
        message.map { ($0, Place(file: file.number, line: index + 1)) }
      }
      if !found.isEmpty { return found }
    }
    return []
  }

  /// All before that place was received.
  func acknowledge(_ place: Place, count: Int) {
    state.withLock { state in
      state.facts.sent += UInt64(count)
      if place <= state.mark { return }
      state.mark = place
      save(&state)
      while let oldest = state.files.first, state.files.count > 1,
        oldest.number < place.file || (oldest.number == place.file && place.line >= oldest.lineCount)
      {
        guard (try? FileSystem.unlink(path(oldest.number))) != nil else { return }
        state.files.removeFirst()
      }
    }
  }

  private func save(_ state: inout State) {
    let json = JSONValue.members(
      ("file", .integer(Int64(clamping: state.mark.file))), ("line", .count(state.mark.line)),
      ("audit", .integer(state.newestAudit))
    ).bytes
    do throws(SystemError) {
      try FileSystem.replace(
        directory + "/" + DataDirectory.socSent, by: Array("\(AuditFiles.checksum(json)) ".utf8) + json + [0x0A])
    } catch {
      // What was received is sent once more after a restart.
      state.facts.fault = "cannot write \(directory): \(error)"
    }
  }

  // MARK: lines

  private func path(_ number: UInt64) -> String { directory + "/" + DataDirectory.outboxFile(number) }

  private static func bytes(_ message: SOCMessage) -> [UInt8] {
    let json = JSONValue.members(
      ("audit", message.auditSequence.map { .integer($0) } ?? .null), ("message", .string(message.text))
    ).bytes
    return Array("\(AuditFiles.checksum(json)) ".utf8) + json + [0x0A]
  }

  /// The lines of a file; nil for one that is damaged. A last one that is not whole was never counted on.
  private static func messages(_ bytes: [UInt8]) -> [SOCMessage?] {
    var messages: [SOCMessage?] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: 0x0A) {
      let json = value(of: rest[..<end])
      messages.append(
        json.flatMap { json in
          json["message"]?.text.map { SOCMessage(text: $0, auditSequence: json["audit"]?.integer) }
        })
      rest = rest[(end + 1)...]
    }
    return messages
  }

  private static func value(of line: ArraySlice<UInt8>) -> JSONValue? {
    guard line.count > 9 else { return nil }
    let json = Array(line.dropFirst(9))
    guard String(decoding: line.prefix(8), as: UTF8.self) == AuditFiles.checksum(json) else { return nil }
    return try? JSONReader.read(json)
  }
}
