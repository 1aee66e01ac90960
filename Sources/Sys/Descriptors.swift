import CLinux

/// The open files and sockets of the process as a whole.
public enum Descriptors {
  /// How many there may be; nil if the system does not tell.
  public static var limit: Int? {
    let limit = clinux_open_files_limit()
    return limit < 0 ? nil : Int(limit)
  }

  /// How many are open; nil where `/proc` is missing.
  public static var openCount: Int? {
    let count = clinux_open_files()
    return count < 0 ? nil : Int(count)
  }

  /// The same for all that are open, the standard ones aside: libraries open some without asking.
  public static func closeAllOnExec() { clinux_close_all_on_exec() }

  /// Keeps a descriptor from a child process: a socket that a child inherits stays bound when this process has gone.
  public static func closeOnExec(_ descriptor: Int32) {
    // It fails for one that is not open alone, which no child can inherit.
    _ = clinux_close_on_exec(descriptor)
  }
}

extension ProcessFacts {
  /// A connection that was closed by its other end is an error of the write to it, and no signal that ends the process.
  public static func ignoreBrokenPipes() { _ = clinux_ignore_sigpipe() }

  /// Lets a crash end the process at once. The language's own handler starts a child that takes a minute to write down
  /// what it saw, with our sockets in its hands: nobody could listen on their ports until it has ended. Who wants it
  /// sets `SWIFT_BACKTRACE`.
  public static func endAtOnceWhenCrashing() {
    if environment("SWIFT_BACKTRACE") == nil { clinux_default_crash_signals() }
  }
}
