public import Alerts
public import Lagoon
import Pipeline
public import Primitives
import Synchronization
import Sys

/// Changes the alert rules while the node runs: a file of them is replaced whole, or all are read anew as they are. One
/// change at a time.
public final class RuleDesk: Sendable {
  private let engine: Engine
  private let isTaken = Mutex(false)

  public init(_ engine: Engine) {
    self.engine = engine
  }

  /// Those in force.
  public var rules: [AlertRule] { engine.rules }

  /// Replaces a file, or takes the files as they are, and puts what they say in force; what becomes of each rule.
  ///
  /// - Parameters:
  ///   - bytes: the file's whole content. If it makes no rules together with the other files nothing is changed.
  ///   - isTrial: tries the rules over what is stored, and changes nothing.
  public func change(
    _ bytes: [UInt8]?, file: String?, isTrial: Bool, on view: LagoonView, over span: Range<UnixNanos>
  ) throws(RuleRefusal) -> RuleReport {
    guard let path = engine.configuration.alerts.path else { throw .notConfigured }
    if isTrial {
      let rules = try rules(bytes, path, place: bytes == nil ? nil : place(file, in: path))
      return tried(rules, on: view, over: span)
    }
    let isFree = isTaken.withLock { isTaken in
      defer { isTaken = true }
      return !isTaken
    }
    guard isFree else { throw .busy }
    defer { isTaken.withLock { $0 = false } }
    let place = bytes == nil ? nil : try place(file, in: path)
    let rules = try rules(bytes, path, place: place)
    if let bytes, let place {
      do {
        try ReplacedFile.put(bytes, at: place)
      } catch {
        throw .failed("cannot write alert rules \(place): \(error)")
      }
    }
    var report = RuleReport(from: engine.rules, to: rules)
    for index in report.entries.indices { warn(&report.entries[index], on: view) }
    engine.reload(rules: rules)
    return report
  }

  private func rules(_ bytes: [UInt8]?, _ path: String, place: String?) throws(RuleRefusal) -> [AlertRule] {
    let rules: [AlertRule]
    do {
      if let bytes, let place {
        rules = try AlertRuleFiles.rules(path, with: bytes, at: place)
      } else {
        rules = try AlertRuleFiles.rules(path)
      }
    } catch {
      throw .unusable("\(error)")
    }
    // The configuration could not be read at the next start.
    let names = Set(rules.map(\.name))
    for receiver in engine.receivers.senders.map(\.settings) {
      if let missing = receiver.choice.rules?.sorted().first(where: { !names.contains($0) }) {
        throw .unusable("receiver \(receiver.name) is told of rule \(missing), which would be gone")
      }
    }
    return rules
  }

  /// The file that is meant: the only one, or one of a folder, which need not be there yet.
  private func place(_ file: String?, in path: String) throws(RuleRefusal) -> String {
    guard AlertRuleFiles.isFolder(path) else {
      if file != nil { throw .badFile("cannot use file: the rules are one file, \(path)") }
      return path
    }
    guard let file else { throw .badFile("cannot replace alert rules: \(path) is a folder: name the file, as file") }
    let suffix = AlertRuleFiles.suffix
    guard file.hasSuffix(suffix), AlertRuleFiles.isName(String(file.dropLast(suffix.count))) else {
      throw .badFile("cannot use file \(file): it must be letters, digits, - or _, and \(suffix)")
    }
    return "\(path)/\(file)"
  }

  private func tried(_ rules: [AlertRule], on view: LagoonView, over span: Range<UnixNanos>) -> RuleReport {
    var report = RuleReport(from: engine.rules, to: rules)
    let (registry, history) = engine.pipeline.currentRegistry
    let directory = RegistryDirectory(registry, history: history, zone: engine.configuration.zone)
    for index in report.entries.indices {
      let rule = report.entries[index].rule
      do {
        report.entries[index].outcome = try RuleTrial(
          rule, view: view, directory: directory, from: span.lowerBound, to: span.upperBound
        ).run()
      } catch {
        report.entries[index].fault = "cannot try alert rule \(rule.name): \(error)"
      }
      warn(&report.entries[index], on: view)
    }
    return report
  }

  private func warn(_ entry: inout RuleReport.Entry, on view: LagoonView) {
    entry.warnings =
      AlertRuleNames(entry.rule, registry: engine.pipeline.currentRegistry.inForce).warnings
      + AlertTrial.storedNames(entry.rule, view)
  }
}
