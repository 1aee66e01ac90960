import Cryptography
import Primitives
import Text

/// A signed token in its compact form (RFC 7515, 7519), read and not yet believed. Of its head only the algorithm and
/// the key's name count: keys that it brings along or points to are nobody's.
struct JSONWebToken {
  let algorithm: SignatureAlgorithm
  /// `kid`; nil if it names no key.
  let keyName: String?
  let claims: JSONValue
  let signature: [UInt8]
  /// What is signed: head and claims as they were sent.
  let signedBytes: [UInt8]

  /// Whether `text` is of that form at all: our own tokens hold no point.
  static func isLike(_ text: some Collection<UInt8>) -> Bool { text.contains(UInt8(ascii: ".")) }

  init(_ text: [UInt8]) throws(IdentityRefusal) {
    if text.count > Limits.webTokenBytes { throw .tooLong }
    let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw .malformed }
    let head = try Self.object(parts[0])
    // Before the rest is read: most of what is forged ends here.
    algorithm = try Self.algorithm(head)
    keyName = try Self.keyName(head)
    claims = try Self.object(parts[1])
    guard let signature = Base64URL.decode(parts[2]) else { throw .malformed }
    self.signature = signature
    signedBytes = Array(text[..<parts[1].endIndex])
  }

  /// An object each of whose members has one value: of two nobody knows which was meant.
  private static func object(_ part: ArraySlice<UInt8>) throws(IdentityRefusal) -> JSONValue {
    guard let bytes = Base64URL.decode(part), let value = try? JSONReader.read(bytes), case .object(let members) = value
    else { throw .malformed }
    var names: Set<String> = []
    for member in members where !names.insert(member.name).inserted { throw .malformed }
    return value
  }

  private static func algorithm(_ head: JSONValue) throws(IdentityRefusal) -> SignatureAlgorithm {
    guard let algorithm = head["alg"]?.text.flatMap(JSONWebKey.algorithm(named:)) else { throw .algorithm }
    // Whoever adds a demand says that who does not know it must refuse; `b64` changes what is signed (RFC 7797).
    if head["crit"] != nil || head["b64"] != nil { throw .critical }
    if let kind = head["typ"] {
      guard let kind = kind.text?.lowercased() else { throw .malformed }
      // Tokens that say what they are for (RFC 8725 section 3.11) and that it is not this.
      if kind.hasSuffix("+jwt") && kind != "at+jwt" && kind != "application/at+jwt" { throw .kind }
    }
    return algorithm
  }

  private static func keyName(_ head: JSONValue) throws(IdentityRefusal) -> String? {
    guard let name = head["kid"] else { return nil }
    guard let name = name.text, name.utf8.count <= Limits.webKeyNameBytes else { throw .malformed }
    return name
  }
}
