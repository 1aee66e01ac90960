import Foundation

/// The end of the process.
enum ProcessEnd {
  static func exit(_ code: Int32) -> Never { Foundation.exit(code) }
}
