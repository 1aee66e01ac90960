import CLinux
public import Primitives

/// The machine's clocks, in nanoseconds.
public enum Clock {
  /// The time of day, UTC. It may jump when somebody sets it.
  public static func realtimeNanos() -> UnixNanos {
    SimulatedMachine.isUsed ? SimulatedMachine.current?.realtimeNanos ?? clinux_realtime() : clinux_realtime()
  }

  /// Since some moment before the start; never goes back. For lengths of time.
  public static func monotonicNanos() -> Int64 {
    SimulatedMachine.isUsed ? SimulatedMachine.current?.monotonicNanos ?? clinux_monotonic() : clinux_monotonic()
  }

  /// What the calling thread has used of a processor.
  public static func threadCPUNanos() -> Int64 { clinux_thread_cpu() }

  /// What all threads of the process have used.
  public static func processCPUNanos() -> Int64 { clinux_process_cpu() }

  /// Lets the calling thread sleep for at least that long.
  public static func sleep(nanos: Int64) {
    if SimulatedMachine.isUsed, let machine = SimulatedMachine.current {
      _ = machine.wait(for: .time, timeoutNanos: nanos)
    } else {
      clinux_sleep(nanos)
    }
  }
}
