import CLinux

/// The one place through which every call into the kernel goes.
enum Kernel {
  /// Runs `body`, which answers with a value or with -errno, unless a fault is to take its place.
  @inline(__always)
  static func call<Result: FixedWidthInteger & SignedInteger>(
    _ call: SystemCall, path: String = "", _ body: () -> Result
  ) -> Result {
    if FaultInjection.isArmed {
      switch FaultInjection.next(call, path: path) {
      case .error(let code): return -Result(code)
      case .kill: clinux_kill_self()
      case .delay(let nanos): Clock.sleep(nanos: nanos)
      case .shortWrite, nil: break
      }
    }
    return body()
  }

  /// As `call`, with failure thrown.
  @inline(__always)
  @discardableResult
  static func require<Result: FixedWidthInteger & SignedInteger>(
    _ call: SystemCall, path: String = "", _ body: () -> Result
  ) throws(SystemError) -> Result {
    let result = Self.call(call, path: path, body)
    if result < 0 { throw SystemError(code: Int32(-result), call: call) }
    return result
  }

  /// Writes some of `byteCount` bytes: `body` is told how many it may take.
  static func write(
    path: String, byteCount: Int, _ body: (_ byteCount: Int) -> Int64
  ) throws(SystemError) -> Int {
    var allowed = byteCount
    if FaultInjection.isArmed, let effect = FaultInjection.next(.write, path: path) {
      switch effect {
      case .error(let code): throw SystemError(code: code, call: .write)
      case .kill: clinux_kill_self()
      case .shortWrite(let limit): allowed = min(allowed, limit)
      case .delay(let nanos): Clock.sleep(nanos: nanos)
      }
    }
    let written = body(allowed)
    if written < 0 { throw SystemError(code: Int32(-written), call: .write) }
    return Int(written)
  }
}
