import Foundation
import Import
import Sys

/// How far an import is: on a terminal in one line that is written anew, elsewhere a line now and then.
final class ImportProgress {
  private let path: String
  private let isTerminal = isatty(2) == 1
  private var pace: ProgressPace
  private var isShown = false

  init(_ path: String) {
    self.path = path
    pace = ProgressPace(beganNanos: Clock.monotonicNanos(), isTerminal: isTerminal)
  }

  /// Tells how far it is, if it is time to.
  func tell(_ done: Int, of total: Int, _ totals: ImportTotals) {
    let now = Clock.monotonicNanos()
    guard let text = pace.text(nowNanos: now, done, of: total, rows: totals.seen, stored: totals.stored) else { return }
    if isTerminal {
      StandardError.write(Array("\r\(path): \(text)\u{1B}[K".utf8))
      isShown = true
    } else {
      Terminal.say("\(path): \(text)")
    }
  }

  /// A line of its own.
  func say(_ line: String) {
    end()
    Terminal.say(line)
  }

  /// The line that is written anew goes.
  func end() {
    if isShown { StandardError.write(Array("\r\u{1B}[K".utf8)) }
    isShown = false
  }
}
