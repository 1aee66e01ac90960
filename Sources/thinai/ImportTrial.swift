import Import

/// What `--dry-run` shows of a file: what its columns become, and its first rows as lines.
struct ImportTrial {
  private let plan: ImportPlan
  private var linesLeft = 5

  init(_ plan: ImportPlan) { self.plan = plan }

  func showPlan(_ path: String) {
    Terminal.show("\(path): \(plan.format.rawValue)")
    guard let measurement = plan.measurement else { return }
    Terminal.show("  measurement \(measurement)")
    Terminal.show("  time        \(plan.time)")
    Terminal.show("  device      \(plan.device)")
    for tag in plan.tags { Terminal.show("  tag         \(tag)") }
    for field in plan.fields { Terminal.show("  field       \(field.name): \(field.kind.rawValue)") }
    for name in plan.unused { Terminal.show("  not sent    \(name)") }
  }

  /// Shows those lines that are among the first.
  mutating func showLines(_ lines: [UInt8]) {
    if linesLeft == 0 { return }
    for line in lines.split(separator: UInt8(ascii: "\n"), maxSplits: linesLeft).prefix(linesLeft) {
      Terminal.show(String(decoding: line, as: UTF8.self))
      linesLeft -= 1
    }
  }
}
