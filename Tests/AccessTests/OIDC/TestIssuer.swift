import Access
import Primitives
import Synchronization
import Text

/// An issuer that a test plays: what it says, whether it is there, and how often it was asked.
final class TestIssuer: IdentityTransport {
  private let state = Mutex(State())

  struct State: Sendable {
    var keys: [JSONValue] = SigningKey.Kind.allCases.map { SigningKey.known($0).webKey("k-" + $0.rawValue) }
    var name = TestToken.issuer
    var keysURL = TestToken.issuer + "/jwks"
    /// What it answers instead of its keys.
    var keysBody: [UInt8]?
    var isAway = false
    var isMute = false
    var documents = 0
    var keySets = 0
    var now: Int64 = 1_000 * Nanos.perSecond
  }

  func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
  var documents: Int { state.withLock { $0.documents } }
  var keySets: Int { state.withLock { $0.keySets } }
  func later(seconds: Int64) { change { $0.now += seconds * Nanos.perSecond } }

  func get(_ address: WebAddress, longestBytes: Int, seconds: Int64) async throws(IdentityFault) -> [UInt8] {
    if state.withLock({ $0.isMute }) {
      // Until the test's end, or nearly so: whoever asks must not wait for it.
      try? await Task.sleep(for: .seconds(20))
      throw IdentityFault("it did not answer")
    }
    let body: [UInt8]? = state.withLock { state in
      let isDocument = address.description == TestToken.issuer + "/.well-known/openid-configuration"
      if isDocument { state.documents += 1 } else { state.keySets += 1 }
      if state.isAway || !isDocument && address.description != state.keysURL { return nil }
      if !isDocument, let body = state.keysBody { return body }
      let answer: JSONValue =
        isDocument
        ? .members(("issuer", .string(state.name)), ("jwks_uri", .string(state.keysURL)))
        : .members(("keys", .array(state.keys)))
      return Array(TestToken.text(answer).utf8)
    }
    guard let body else { throw IdentityFault("connection refused") }
    return body
  }

  func issuer(patience: Duration = .seconds(10), change: (inout IdentitySettings) -> Void = { _ in }) -> IdentityIssuer
  {
    var settings = IdentitySettings(issuer: TestToken.issuer, audience: "thinai")
    change(&settings)
    return IdentityIssuer(settings, transport: self, clock: { [self] in state.withLock { $0.now } }, patience: patience)
  }
}

extension IdentityIssuer {
  /// What it is worth, at the time at which a test's tokens are valid.
  func verdict(_ token: TestToken) async -> IdentityVerdict { await verdict(token.signed, at: TestToken.now) }

  func grant(_ token: TestToken) async -> Grant? {
    if case .granted(let grant, _) = await verdict(token) { grant } else { nil }
  }
}
