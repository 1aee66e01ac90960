/// What is wrong with a page's bytes. A case rather than a sentence: kernels build no text.
enum DecodingFlaw: Error {
  case endsEarly
  case numberTooLarge
  case badShape
  case badCount
  case badWidth
  case badRun
  case badIndex
  case leftOver
  case noDictionary
  case tooMuchText

  /// As the cause of a `ParquetError`.
  var cause: String {
    switch self {
    case .endsEarly: "it ends early"
    case .numberTooLarge: "a number is too large"
    case .badShape: "the delta blocks have an impossible shape"
    case .badCount: "it holds another count of values than it says"
    case .badWidth: "a bit width is impossible"
    case .badRun: "a run is longer than the page"
    case .badIndex: "an index is beyond the dictionary"
    case .leftOver: "bytes are left over"
    case .noDictionary: "the dictionary is missing"
    case .tooMuchText: "the rows hold more than 1 GiB of text"
    }
  }
}
