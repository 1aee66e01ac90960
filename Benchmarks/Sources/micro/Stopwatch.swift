import CMallocCounter
import Sys

/// CPU time and allocations of this thread between `start` and `stop`, added up: what stands outside of them is
/// preparation.
struct Stopwatch {
  private(set) var nanos: Int64 = 0
  private(set) var allocations: UInt64 = 0
  private var startNanos: Int64 = 0
  private var startAllocations: UInt64 = 0

  mutating func start() {
    startAllocations = cmalloccounter_allocations()
    startNanos = Clock.threadCPUNanos()
  }

  mutating func stop() {
    nanos += Clock.threadCPUNanos() - startNanos
    allocations += cmalloccounter_allocations() - startAllocations
  }
}
