import Cryptography
import Primitives
import Text

/// The keys of an issuer, as it publishes them. Those that are not understood are passed over.
struct JSONWebKeySet: Sendable {
  let keys: [JSONWebKey]

  init(keys: [JSONWebKey]) { self.keys = keys }

  /// nil if `bytes` are no key set at all.
  init?(_ bytes: [UInt8]) {
    guard let value = try? JSONReader.read(bytes), case .array(let elements)? = value["keys"] else { return nil }
    keys = Array(elements.lazy.compactMap(JSONWebKey.init).prefix(Limits.issuerKeys))
  }

  /// The keys by which the token may be signed: those of its key's name and of its algorithm. A token that names none may
  /// be of any of its algorithm.
  private func candidates(_ token: JSONWebToken) -> [JSONWebKey] {
    let alike = keys.filter { $0.algorithm == token.algorithm }
    guard let name = token.keyName else { return Array(alike.prefix(Limits.issuerKeysTried)) }
    return alike.filter { $0.name == name }
  }

  /// Whether there is a key by which it may be signed.
  func knows(_ token: JSONWebToken) -> Bool { !candidates(token).isEmpty }

  /// Which of the issuer's keys signed it.
  func check(_ token: JSONWebToken) throws(IdentityRefusal) -> IdentityKeyPrint {
    let candidates = candidates(token)
    if candidates.isEmpty { throw .unknownKey }
    guard let found = candidates.first(where: { $0.key.verifies(token.signature, of: token.signedBytes) }) else {
      throw .signature
    }
    return found.print
  }

  /// Whether a key is among them still.
  func has(_ print: IdentityKeyPrint) -> Bool { keys.contains { $0.print == print } }
}
