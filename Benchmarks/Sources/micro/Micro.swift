import Glibc
import Primitives
import Sys

/// What each step of a reading's way costs: CPU time of the thread, and allocations.
///
///     micro [--smoke] [--only TEXT] [--json FILE]
///
/// `--smoke` runs each measurement once and shortly: whether the suite works. Ends with 1 if a step of the data plane
/// allocates in its steady state.
@main
enum Micro {
  static func main() {
    var isSmoke = false
    var file: String?
    var only = ""
    var arguments = CommandLine.arguments.dropFirst()
    while let argument = arguments.popFirst() {
      switch argument {
      case "--smoke": isSmoke = true
      case "--only":
        guard let text = arguments.popFirst() else { return usage() }
        only = text
      case "--json":
        guard let name = arguments.popFirst() else { return usage() }
        file = name
      default: return usage()
      }
    }
    do {
      try run(isSmoke: isSmoke, only: only, file: file)
    } catch {
      print("\(error)")
      exit(1)
    }
  }

  private static func usage() {
    print("usage: micro [--smoke] [--only TEXT] [--json FILE]")
    exit(2)
  }

  private static func run(isSmoke: Bool, only: String, file: String?) throws {
    Limits.check()
    AllocationCheck.run()
    let scratch = try ScratchDirectory()
    defer { scratch.remove() }
    var harness = Harness(isSmoke: isSmoke, only: only)
    DecoderSuite.run(&harness)
    PipelineSuite.run(&harness)
    CameraSuite.run(&harness)
    let traffic = RecordedTraffic(devices: 1_000, seconds: isSmoke ? 20 : 200)
    try JournalSuite.run(&harness, traffic, scratch)
    try TablesSuite.run(&harness, traffic, scratch)
    ColumnSuite.run(&harness)
    try SealSuite.run(&harness, traffic, scratch)
    print(Report.table(harness.figures), terminator: "")
    if let file { try Report.writeJSON(harness.figures, to: file) }
    for fault in harness.faults { print(fault) }
    if harness.faults.isEmpty { return }
    // exit() runs no defer.
    scratch.remove()
    exit(1)
  }
}
