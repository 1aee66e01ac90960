import CLinux

/// What the kernel answered to a call that failed.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An `errno`, one of `ErrorNumber`'s or another.
  public var code: Int32
  /// Which kind of call failed.
  public var call: SystemCall

  /// That errno from that call.
  public init(code: Int32, call: SystemCall) {
    self.code = code
    self.call = call
  }

  /// The cause for a message `cannot <verb> <thing> <value>: <cause>`, such as `No space left on device`.
  public var description: String { ErrorNumber.text(code) }

  /// Whether there may be room later: the disk is full, or the quota or the size limit is reached.
  public var isOutOfSpace: Bool {
    code == ErrorNumber.noSpace || code == ErrorNumber.quotaExceeded || code == ErrorNumber.fileTooBig
  }

  /// Whether there is nothing of that path.
  public var isNotFound: Bool { code == ErrorNumber.notFound || code == ErrorNumber.notADirectory }
}

/// The `errno` values that are told apart somewhere (Linux's generic numbers: x86-64, arm64, RISC-V).
public enum ErrorNumber {
  /// `ENOENT`
  public static let notFound: Int32 = 2
  /// `EINTR`
  public static let interrupted: Int32 = 4
  /// `EIO`
  public static let inputOutput: Int32 = 5
  /// `EAGAIN`
  public static let wouldBlock: Int32 = 11
  /// `ENOMEM`
  public static let outOfMemory: Int32 = 12
  /// `EACCES`
  public static let notPermitted: Int32 = 13
  /// `EEXIST`
  public static let exists: Int32 = 17
  /// `ENOTDIR`
  public static let notADirectory: Int32 = 20
  /// `EISDIR`
  public static let isADirectory: Int32 = 21
  /// `EINVAL`
  public static let invalid: Int32 = 22
  /// `EFBIG`
  public static let tooManyOpenFiles: Int32 = 24
  public static let fileTooBig: Int32 = 27
  /// `ENOSPC`
  public static let noSpace: Int32 = 28
  /// `ENOTEMPTY`
  public static let notEmpty: Int32 = 39
  /// `EMSGSIZE`
  public static let messageTooLong: Int32 = 90
  /// `EAFNOSUPPORT`
  public static let familyNotSupported: Int32 = 97
  /// `EADDRINUSE`
  public static let addressInUse: Int32 = 98
  /// `EADDRNOTAVAIL`
  public static let addressNotAvailable: Int32 = 99
  /// `ENOBUFS`
  public static let noBufferSpace: Int32 = 105
  /// `ECONNREFUSED`
  public static let connectionRefused: Int32 = 111
  /// `EDQUOT`
  public static let quotaExceeded: Int32 = 122

  /// The C library's sentence for `code`.
  public static func text(_ code: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      buffer.initialize(repeating: 0)
      guard let text = clinux_error_text(code, buffer.baseAddress, buffer.count) else { return "error \(code)" }
      return String(cString: text)
    }
  }

  /// The number behind `ENOSPC` and its like; nil if there is none of that name.
  public static func named(_ name: String) -> Int32? {
    let code = clinux_error_named(name)
    return code == 0 ? nil : code
  }
}
