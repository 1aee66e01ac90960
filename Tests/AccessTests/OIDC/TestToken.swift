import Primitives
import Text

/// A token of a test's issuer, right in all of it unless a test says otherwise.
struct TestToken {
  static let issuer = "https://login.example.vn/realm"
  static let now: UnixNanos = 1_800_000_000 * Nanos.perSecond

  var key = SigningKey.known(.rsa)
  var head: [(String, JSONValue)] = []
  var claims: [(String, JSONValue)] = [
    ("iss", .string(issuer)), ("aud", "thinai"), ("sub", "an"), ("iat", 1_800_000_000), ("exp", 1_800_000_600),
    ("thinai_scopes", ["read"]),
  ]

  init(_ kind: SigningKey.Kind = .rsa, key name: String? = nil) {
    key = .known(kind)
    head = [("typ", "JWT"), ("alg", .string(kind.rawValue)), ("kid", .string(name ?? "k-" + kind.rawValue))]
  }

  /// With a claim changed, or left out.
  func with(_ name: String, _ value: JSONValue?) -> TestToken {
    var token = self
    token.claims = Self.changed(claims, name, value)
    return token
  }

  func withHead(_ name: String, _ value: JSONValue?) -> TestToken {
    var token = self
    token.head = Self.changed(head, name, value)
    return token
  }

  private static func changed(
    _ members: [(String, JSONValue)], _ name: String, _ value: JSONValue?
  ) -> [(String, JSONValue)] {
    members.filter { $0.0 != name } + (value.map { [(name, $0)] } ?? [])
  }

  /// Head and claims, as they are signed.
  var unsigned: [UInt8] { Self.encoded(head) + [UInt8(ascii: ".")] + Self.encoded(claims) }

  var signed: [UInt8] { signed { key.sign($0) } }

  func signed(by sign: ([UInt8]) -> [UInt8]) -> [UInt8] {
    unsigned + [UInt8(ascii: ".")] + Base64URL.encode(sign(unsigned)).utf8
  }

  static func encoded(_ members: [(String, JSONValue)]) -> [UInt8] {
    Array(Base64URL.encode(Array(text(.members(members)).utf8)).utf8)
  }

  /// A text of JSON; our own writer would do, but what is tested reads what others wrote.
  static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let text): "\"\(text)\""
    case .array(let elements): "[" + elements.map(text).joined(separator: ", ") + "]"
    case .object(let members): "{" + members.map { "\"\($0.name)\": \(text($0.value))" }.joined(separator: ", ") + "}"
    }
  }
}

extension JSONValue: ExpressibleByArrayLiteral {
  init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}
