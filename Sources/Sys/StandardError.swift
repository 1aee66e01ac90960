import CLinux

/// The process's standard error.
public enum StandardError {
  /// Writes bytes, in one piece where the kernel takes them so. What it does not take is given up: nobody stops working
  /// because nobody reads what he says, or because the disk on which it would stand is full.
  public static func write(_ bytes: [UInt8]) { write(bytes, to: 2) }

  static func write(_ bytes: [UInt8], to descriptor: Int32) {
    bytes.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count, let base = bytes.baseAddress {
        let count = clinux_write(descriptor, base + written, bytes.count - written)
        if count <= 0 { return }
        written += Int(count)
      }
    }
  }
}
