import HTTPTypes
import Lagoon
import Primitives
import Registry

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

  /// The answer as the request takes it: made as far as it has to be known, packed, or `304` where the client has it
  /// already.
  ///
  /// The coding depends on what was asked and on the answer's size alone, so that a tag is known before anything is
  /// packed.
  ///
  /// - Parameter scope: of who asks: a tag of one scope serves no other, though it says the same.
  /// - Throws: `APIProblem` if every coding is refused or there is no memory; `QueryError.abandoned`.
  func negotiated(
    accept: String?, knownTags: String?, scope: DeviceScope = .everything, hold: AnswerMemory.Hold,
    probe: QuestionProbe
  ) throws -> APIAnswer {
    var answer = self
    answer.headers[.vary] = "Accept-Encoding, Authorization, Cookie"
    if stream != nil {
      // Packing would hold back events.
      guard AcceptedCodings(accept).choice(isWorthwhile: false) == .identity else {
        throw APIProblem.noCoding(accept ?? "", among: [.identity])
      }
      return answer
    }
    let tag = try answer.gather(probe)?.ofScope(scope)
    let isWorthwhile = isPackable && (answer.source != nil || answer.bytes.count >= Self.smallestPacked)
    guard let coding = AcceptedCodings(accept).choice(isWorthwhile: isWorthwhile) else {
      throw APIProblem.noCoding(accept ?? "")
    }
    if let tag = tag?.text(coding) {
      answer.headers[.eTag] = tag
      if let knownTags, status == .ok, EntityTag.isNamed(tag, in: knownTags) {
        answer.status = .notModified
        answer.bytes = []
        answer.source = nil
        return answer
      }
    }
    if coding != .identity {
      answer.headers[.contentEncoding] = coding.rawValue
      answer.coding = coding
      if answer.source == nil { answer.bytes = try coding.encoded(answer.bytes) { try probe.check() } }
    }
    let heldBytes = answer.source?.heldBytes ?? answer.bytes.count
    guard hold.resize(to: heldBytes > Limits.answerPieceBytes ? heldBytes : 0) else { throw APIProblem.memoryShort }
    answer.hold = hold
    return answer
  }

  /// Makes it whole if it is small, or if it has a tag and is not too large; of a large one with a tag only the tag.
  private mutating func gather(_ probe: QuestionProbe) throws -> EntityTag? {
    guard let source else { return isTagged ? EntityTag(ofContent: bytes, passing: passingBytes) : nil }
    let most = isTagged ? Limits.taggedAnswerBytes : Limits.wholeAnswerBytes
    var under = source
    var made: [UInt8] = []
    while made.count < most {
      try probe.check()
      guard try under.next(to: &made) else {
        (bytes, passingBytes, self.source) = (made, under.passingBytes, nil)
        return isTagged ? EntityTag(ofContent: bytes, passing: passingBytes) : nil
      }
    }
    if !isTagged { return nil }
    let passing = under.passingBytes
    var hash = TagHash()
    hash.add(made[..<(passing?.lowerBound ?? made.count)])
    if let passing { hash.add(made[passing.upperBound...]) }
    repeat {
      try probe.check()
      made.removeAll(keepingCapacity: true)
      let isMore = try under.next(to: &made)
      hash.add(made[...])
      if !isMore { break }
    } while true
    return EntityTag(hash, isWeak: passing != nil)
  }
}
