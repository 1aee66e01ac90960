import CMallocCounter

/// Whether the counter counts, memory that Swift asks for and memory that a shared object asks for. A counter that reads 0 whatever happens would call everything free of allocations.
enum AllocationCheck {
  static func run() {
    let seed = Int(CommandLine.argc) * 1_000
    var array: [Int] = []
    var aligned: UnsafeMutableRawPointer?
    var text = ""
    expect(0, "nothing") { _ = cmalloccounter_allocations() }
    expect(1, "one array") { array = makeArray(seed) }
    expect(1, "one aligned block") {
      aligned?.deallocate()
      aligned = makeAligned(seed)
    }
    // Made within the standard library, a shared object of its own.
    expect(1, "one string of the standard library") { text = makeText(seed) }
    aligned?.deallocate()
    if array.count != seed || text.utf8.count != 19 { fatalError("BUG: what was to be counted was not made") }
  }

  /// Not a precondition, whose message a release build leaves out.
  private static func expect(_ expected: UInt64, _ what: String, _ body: () -> Void) {
    // The first time the runtime may allocate for types that it meets.
    body()
    let before = cmalloccounter_allocations()
    body()
    let counted = cmalloccounter_allocations() - before
    if counted != expected { fatalError("BUG: \(counted) allocations counted for \(what), which has \(expected)") }
  }

  // Not inlined, so that the optimiser cannot see that nobody needs the memory.

  @inline(never)
  private static func makeArray(_ count: Int) -> [Int] { Array(repeating: count, count: count) }

  @inline(never)
  private static func makeAligned(_ count: Int) -> UnsafeMutableRawPointer {
    .allocate(byteCount: count, alignment: 64)
  }

  @inline(never)
  private static func makeText(_ number: Int) -> String { String(Int.max - number) }
}
