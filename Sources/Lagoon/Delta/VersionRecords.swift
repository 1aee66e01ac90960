import Primitives
import Synchronization
import Sys

/// The newest version of each table, known outside of the tables' own folders: by it a start, a seal and `verify` tell
/// a log that is whole from one whose end is missing.
///
/// ```
/// DATA/versions    text, a line a fact, the newest of a table counts; each ends in the fingerprint of what stands before
/// v 41 9f0c…  weather …        version and fingerprint of its commit, table folder
/// k weather/date=…/07-n-3.parquet …    a part that no version names, found when the log could not be proved
/// t 1795912917211 …            the newest time, in milliseconds, at which the clock was believed
/// ```
/// Written after each commit and before the journal lets go of its rows. A record older than the log is one of a crash
/// in between and fine; a newer one means that versions are missing.
final class VersionRecords: Sendable {
  struct Known: Hashable, Sendable {
    var version: Int64
    var commit: Fingerprint
  }

  /// What a file of records says.
  struct Content: Sendable {
    var tables: [String: Known] = [:]
    var kept: Set<String> = []
    var trustedMillis: Int64?
    /// Whether all of a file could be read: what is not in it was never known.
    var isWhole = false
    var lines = 0
  }

  private struct State: Sendable {
    var content: Content
    var file: File?
    var failure: String?
  }

  /// Times that nanoseconds can say.
  private static let believable = 0...Int64.max / Nanos.perMillisecond

  /// Lines up to which nothing is written anew.
  private static let shortLines = 4_096

  let path: String
  private let state: Mutex<State>

  /// Reads what is known. A file that cannot be read proves nothing, and is named by `failure`.
  init(data: String) {
    path = data + "/" + LagoonNames.versions
    do throws(LagoonError) {
      let content = try Self.read(path)
      let isDamaged = content.lines > 0 && !content.isWhole
      state = Mutex(
        State(content: content, failure: isDamaged ? "\(path) is damaged: lines of it are lost" : nil))
    } catch {
      state = Mutex(State(content: Content(), failure: "\(error)"))
    }
  }

  var content: Content { state.withLock { $0.content } }

  /// Why the last record could not be written; nil if it was.
  var failure: String? { state.withLock { $0.failure } }

  private static func read(_ path: String) throws(LagoonError) -> Content {
    var content = Content()
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try File.readWhole(path) } catch {
      if error.isNotFound { return content }
      throw LagoonError("read", path, error)
    }
    content.isWhole = true
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (number, whole) in lines.enumerated() where !whole.isEmpty {
      content.lines += 1
      // What was not synchronized when the power went is missing at the end, or zeros stand for it. What was damaged is
      // left out too: the line before it is older, which is fine of a table that has one.
      let isTorn = number == lines.count - 1 || whole.contains(0)
      let line = whole[(whole.lastIndex(of: 0).map { $0 + 1 } ?? whole.startIndex)...]
      guard let space = line.lastIndex(of: UInt8(ascii: " ")),
        Fingerprint(String(decoding: line[(space + 1)...], as: UTF8.self)) == Fingerprint(line[..<space])
      else {
        if !isTorn { content.isWhole = false }
        continue
      }
      take(String(decoding: line[..<space], as: UTF8.self), into: &content)
    }
    return content
  }

  private static func take(_ line: String, into content: inout Content) {
    let words = line.split(separator: " ", maxSplits: 3).map(String.init)
    switch (words.first, words.count) {
    case ("v", 4):
      guard let version = Int64(words[1]), let commit = Fingerprint(words[2]) else { return }
      content.tables[words[3]] = Known(version: version, commit: commit)
    case ("k", 2...): content.kept.insert(words.dropFirst().joined(separator: " "))
    case ("t", 2): content.trustedMillis = Int64(words[1]).flatMap { believable.contains($0) ? $0 : nil }
    default: break
    }
  }

  private static func line(_ text: String) -> [UInt8] {
    Array("\(text) \(Fingerprint(text.utf8).text)\n".utf8)
  }

  /// Records a table's newest version, unless a newer one is known. `isDurable`: whether a loss of power may not take it.
  func note(_ folder: String, _ known: Known, isDurable: Bool) {
    state.withLock { state in
      if let newer = state.content.tables[folder], newer.version > known.version { return }
      state.content.tables[folder] = known
      Self.append("v \(known.version) \(known.commit.text) \(folder)", isDurable, path, &state)
    }
  }

  /// Records a part that must stay though no version names it.
  func keep(_ parts: [String]) {
    state.withLock { state in
      for part in parts where state.content.kept.insert(part).inserted {
        Self.append("k \(part)", true, path, &state)
      }
    }
  }

  /// Forgets a table that is no more, or parts of it that were taken back.
  func forget(_ folder: String, table: Bool) {
    state.withLock { state in
      if table { state.content.tables[folder] = nil }
      state.content.kept = state.content.kept.filter { !$0.hasPrefix(folder + "/") }
      do throws(SystemError) { try Self.rewrite(path, &state) } catch {
        state.failure = "cannot write \(path): \(error)"
      }
    }
  }

  func trust(_ millis: Int64) {
    state.withLock { state in
      state.content.trustedMillis = millis
      Self.append("t \(millis)", false, path, &state)
    }
  }

  private static func append(_ text: String, _ isDurable: Bool, _ path: String, _ state: inout State) {
    do throws(SystemError) {
      if state.content.lines > 2 * (state.content.tables.count + state.content.kept.count) + shortLines {
        return try rewrite(path, &state)
      }
      if state.file == nil {
        let file = try File(path, .append)
        // Behind a line that was torn.
        try file.write(all: [UInt8(ascii: "\n")])
        try FileSystem.synchronizeDirectory(FileSystem.parent(of: path))
        state.file = file
      }
      try state.file?.write(all: line(text))
      if isDurable { try state.file?.synchronizeData() }
      state.content.lines += 1
      state.failure = nil
    } catch {
      state.file = nil
      state.failure = "cannot write \(path): \(error)"
    }
  }

  /// Writes all that is known anew: at the start, where a table is known by its log alone, and after many lines.
  func rewrite(_ tables: [String: Known]) {
    state.withLock { state in
      state.content.tables = tables
      do throws(SystemError) { try Self.rewrite(path, &state) } catch {
        state.failure = "cannot write \(path): \(error)"
      }
    }
  }

  private static func rewrite(_ path: String, _ state: inout State) throws(SystemError) {
    var bytes: [UInt8] = []
    var lines = 0
    func add(_ text: String) {
      bytes += line(text)
      lines += 1
    }
    for (folder, known) in state.content.tables.sorted(by: { $0.key < $1.key }) {
      add("v \(known.version) \(known.commit.text) \(folder)")
    }
    for part in state.content.kept.sorted() { add("k \(part)") }
    if let millis = state.content.trustedMillis { add("t \(millis)") }
    try FileSystem.replace(path, by: bytes)
    state.file = nil
    state.content.lines = lines
    state.content.isWhole = true
    state.failure = nil
  }
}
