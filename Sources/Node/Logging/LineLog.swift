public import Logging
import Primitives
import Alerts
import Sys

/// Writes the log: a line an event, to standard error.
///
///     2026-11-29T03:04:05.678Z warning node: refused on line: line_bad_value address=10.0.0.7 bytes=6d20763d78 more=11
///     {"time":"2026-11-29T03:04:05.678Z","level":"warning","component":"node","message":"refused on …","address":"10.0.0.7"}
public struct LineLog: LogHandler {
  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  private let component: String
  private let format: LogSettings.Format
  private let tellsPriority: Bool
  private let write: @Sendable ([UInt8]) -> Void

  /// - Parameters:
  ///   - label: the component's name, with or without `thinai.` before it.
  ///   - isJournal: whether standard error is systemd's journal, which takes a line's priority from its begin.
  ///   - write: takes a line with its end; standard error does if it is nil.
  public init(
    label: String, _ settings: LogSettings, isJournal: Bool = Self.isJournal,
    write: (@Sendable ([UInt8]) -> Void)? = nil
  ) {
    component = label.hasPrefix("thinai.") ? String(label.dropFirst("thinai.".count)) : label
    format = settings.format
    logLevel = settings.level
    tellsPriority = isJournal && settings.format == .text
    self.write = write ?? { StandardError.write($0) }
  }

  /// Makes every logger of the process one of these. Once, before there is any.
  public static func install(_ settings: LogSettings) {
    LoggingSystem.bootstrap { LineLog(label: $0, settings) }
  }

  /// Whether systemd says that it takes what is written to standard error.
  public static var isJournal: Bool { ProcessFacts.environment("JOURNAL_STREAM") != nil }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    let members = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
      .map { (name: $0.key, value: "\($0.value)") }
    let time = InstantText.text(Clock.realtimeNanos())
    write(line(time, event.level, "\(event.message)", members))
  }

  private func line(
    _ time: String, _ level: Logger.Level, _ message: String, _ members: [(name: String, value: String)]
  ) -> [UInt8] {
    switch format {
    case .text:
      var line = tellsPriority ? "<\(level.journalPriority)>" : ""
      line += "\(time) \(level.rawValue) \(LogText.clean(component)): \(LogText.clean(message))"
      for member in members { line += " \(LogText.clean(member.name))=\(LogText.value(member.value))" }
      return Array((line + "\n").utf8)
    case .json:
      let own = [("time", time), ("level", level.rawValue), ("component", component), ("message", message)]
      let all = own + members.filter { !Self.ownNames.contains($0.name) }.map { ($0.name, $0.value) }
      let line = all.map { "\(Self.quoted($0.0)):\(Self.quoted($0.1))" }.joined(separator: ",")
      return Array("{\(line)}\n".utf8)
    }
  }

  private static func quoted(_ text: String) -> String {
    "\"" + LogText.clean(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// Members that every line has.
  private static let ownNames: Set<String> = ["time", "level", "component", "message"]
}

extension Logger.Level {
  /// As sd-daemon(3) and syslog number them.
  fileprivate var journalPriority: Int {
    switch self {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
