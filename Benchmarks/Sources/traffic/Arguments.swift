/// The command line from front to back.
struct Arguments {
  private var rest: ArraySlice<String>

  init(_ arguments: ArraySlice<String>) {
    rest = arguments
  }

  /// The next argument; empty if there is none.
  mutating func next() -> String { rest.popFirst() ?? "" }

  /// The next option; nil at the end.
  mutating func option() -> String? { rest.popFirst() }

  /// An option's whole number.
  mutating func number() throws(UsageError) -> Int {
    let text = next()
    guard let number = Int(text), number > 0 else {
      throw UsageError(text: "cannot use the value '\(text)': it is no number above 0")
    }
    return number
  }

  /// An option's seconds, as nanoseconds.
  mutating func nanos() throws(UsageError) -> Int64 {
    let text = next()
    guard let seconds = Double(text), seconds > 0, seconds < 86_400 else {
      throw UsageError(text: "cannot use the value '\(text)': it is no number of seconds of a day")
    }
    return Int64(seconds * 1e9)
  }
}

struct UsageError: Error, CustomStringConvertible {
  var text: String
  var description: String { text }
}
