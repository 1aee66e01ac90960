import HTTPTypes

extension APIAnswer {
  /// Below this the headers weigh as much as what packing saves.
  private static let smallestPacked = 1_024

  /// Types that are not packed already.
  private var isPackable: Bool {
    if headers[.contentEncoding] != nil { return false }
    let type = contentType.prefix { $0 != ";" }
    return type.hasPrefix("text/") || type.hasSuffix("json") || type.hasSuffix("yaml") || type.hasSuffix("+xml")
      || type.hasSuffix("javascript") || type == ArrowStream.contentType
  }

  /// The answer as the request takes it: packed, or `304` where the client has it already.
  ///
  /// The coding depends on what was asked and on the answer's size alone, so that a tag is known before anything is
  /// packed.
  ///
  /// - Throws: `APIProblem` if every coding is refused.
  func negotiated(accept: String?, knownTags: String?) throws(APIProblem) -> APIAnswer {
    var answer = self
    answer.headers[.vary] = "Accept-Encoding"
    let isWorthwhile = isPackable && bytes.count >= Self.smallestPacked
    if stream != nil {
      // Packing would hold back events.
      guard AcceptedCodings(accept).choice(isWorthwhile: false) == .identity else {
        throw APIProblem.noCoding(accept ?? "", among: [.identity])
      }
      return answer
    }
    guard let coding = AcceptedCodings(accept).choice(isWorthwhile: isWorthwhile) else {
      throw APIProblem.noCoding(accept ?? "")
    }
    if let tag = tag?.text(coding) {
      answer.headers[.eTag] = tag
      if let knownTags, status == .ok, EntityTag.isNamed(tag, in: knownTags) {
        answer.status = .notModified
        answer.bytes = []
        return answer
      }
    }
    if coding != .identity {
      answer.headers[.contentEncoding] = coding.rawValue
      answer.bytes = coding.encoded(bytes)
    }
    return answer
  }
}
