import Foundation
import Sys

/// The process's own streams.
enum Terminal {
  /// A line on standard error.
  static func say(_ line: String) {
    StandardError.write(Array((line + "\n").utf8))
  }

  /// A line on standard output, seen at once even through a pipe.
  static func show(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }

  /// Bytes on standard output.
  static func write(_ bytes: [UInt8]) {
    FileHandle.standardOutput.write(Data(bytes))
  }

  static func exit(_ code: Int32) -> Never {
    Foundation.exit(code)
  }
}
