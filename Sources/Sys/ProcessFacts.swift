import CLinux

/// What the process can tell of itself and its machine.
public enum ProcessFacts {
  /// The kernel's number of this process.
  public static var processId: Int32 { clinux_process_id() }

  /// Processors that this process may use.
  public static var processors: Int { Int(clinux_processors()) }

  /// Memory that is held now, shared pages included; nil where `/proc` is missing.
  public static func residentBytes() -> Int? {
    guard let bytes = try? File.readWhole("/proc/self/statm") else { return nil }
    let fields = bytes.split(separator: UInt8(ascii: " "))
    guard fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) else { return nil }
    return pages * Int(clinux_page_bytes())
  }

  /// The machine's name; `localhost` if it tells none.
  public static var hostName: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      buffer.initialize(repeating: 0)
      let result = Kernel.call(.hostName) { clinux_host_name(buffer.baseAddress, buffer.count) }
      guard result == 0, let base = buffer.baseAddress, base.pointee != 0 else { return "localhost" }
      return String(cString: base)
    }
  }

  /// Lifts the limit of open files and sockets as far as this process may: a thousand ports are as many sockets a lane.
  public static func raiseOpenFiles() {
    // A failure leaves the limit as it was; what does not fit then says so itself.
    _ = clinux_raise_open_files()
  }

  /// The file of the running program, links followed; nil where `/proc` is missing.
  public static var executablePath: String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { buffer in
      buffer.initialize(repeating: 0)
      guard let base = buffer.baseAddress, clinux_executable(base, buffer.count) == 0 else { return nil }
      return String(cString: base)
    }
  }

  /// The value of an environment variable; nil if it is not set.
  public static func environment(_ name: String) -> String? {
    clinux_environment(name).map { String(cString: $0) }
  }
}
