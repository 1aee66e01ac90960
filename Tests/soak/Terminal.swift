import Foundation

/// What is told, at once, and the end of the process.
enum Terminal {
  static func tell(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

  static func exit(_ code: Int32) -> Never { Foundation.exit(code) }
}
