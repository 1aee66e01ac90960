public import Primitives
import Synchronization
public import Sys
import Text

/// An issuer of tokens (OpenID Connect): knows its keys, and tells what a token is worth. Keys that are known stay so
/// while the issuer is away.
public final class IdentityIssuer: Sendable {
  private let settings: IdentitySettings
  private let transport: any IdentityTransport
  private let clock: @Sendable () -> Int64
  private let note: @Sendable (String) -> Void
  private let patience: Duration
  private let state = Mutex(State())

  private struct State {
    var keys: JSONWebKeySet?
    var pace = FetchPace()
    var fault: String?
    /// Where the keys are, and since when that is known.
    var keysAddress: (address: WebAddress, since: Int64)?
    /// Requests that wait for the question that is under way.
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var lastWaiter: UInt64 = 0
  }

  /// - Parameters:
  ///   - clock: monotonic nanoseconds.
  ///   - patience: how long a request may wait for keys.
  ///   - note: told, for a log, when the issuer goes away, comes back, or changes its keys.
  public init(
    _ settings: IdentitySettings, transport: any IdentityTransport,
    clock: @escaping @Sendable () -> Int64 = { Clock.monotonicNanos() },
    patience: Duration = .seconds(Limits.issuerPatienceSeconds), note: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.settings = settings
    self.transport = transport
    self.clock = clock
    self.patience = patience
    self.note = note
  }

  /// Whether a bearer's text may be a token of an issuer: our own hold no point.
  public static func mayIssue(_ token: some Collection<UInt8>) -> Bool { JSONWebToken.isLike(token) }

  /// Its name in names that it shares with tokens: the host.
  var host: String { WebAddress(settings.issuer)?.host ?? settings.issuer }

  /// Keeps the keys fresh until the task is cancelled.
  public func run() async {
    while !Task.isCancelled {
      await tend()
      do { try await Task.sleep(for: .seconds(1)) } catch { return }
    }
  }

  /// Asks for the keys if they are old, or were never known.
  public func tend() async {
    let begins = state.withLock { $0.pace.beginsByAge(at: clock()) }
    if begins { await fetch() }
  }

  /// What a token is worth. It waits a while if the keys are under way that it may be of.
  public func verdict(_ token: [UInt8], at now: UnixNanos) async -> IdentityVerdict {
    do throws(IdentityRefusal) {
      let token = try JSONWebToken(token)
      // First what costs nothing: who has the wrong door shall not make us ask for keys.
      let grant = try IdentityClaims.grant(of: token.claims, settings, at: now)
      guard let known = await keys(for: token) else { return .undecided }
      do throws(IdentityRefusal) {
        return .granted(grant, by: try known.check(token))
      } catch .signature where token.keyName == nil {
        // It may be of a key that the issuer has by now, and cannot say so.
        return .granted(grant, by: try (await keys(for: token, isDoubted: true) ?? known).check(token))
      }
    } catch {
      return .refused(error)
    }
  }

  /// Whether the issuer still has a key by which it vouched for somebody.
  func has(_ key: IdentityKeyPrint) -> Bool { state.withLock { $0.keys?.has(key) ?? false } }

  public var figures: IdentityFigures {
    let now = clock()
    return state.withLock { state in
      IdentityFigures(
        keys: state.keys?.keys.count ?? 0, ageNanos: state.pace.freshSince.map { now - $0 },
        fetches: state.pace.fetches, failures: state.pace.failures, fault: state.fault)
    }
  }

  // MARK: keys

  private func keys(for token: JSONWebToken, isDoubted: Bool = false) async -> JSONWebKeySet? {
    let (known, begins) = state.withLock { state in
      if !isDoubted, let keys = state.keys, keys.knows(token) { return (state.keys, false) }
      return (nil as JSONWebKeySet?, state.pace.beginsForUnknownKey(at: clock()))
    }
    if let known { return known }
    if begins { Task { await fetch() } }
    await waitForFetch()
    return state.withLock { $0.keys }
  }

  /// Waits until the question that is under way has ended, for as long as is bearable.
  private func waitForFetch() async {
    let patience = patience
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let number: UInt64? = state.withLock { state in
        guard state.pace.isFetching, state.waiters.count < Limits.issuerWaiters else { return nil }
        state.lastWaiter += 1
        state.waiters[state.lastWaiter] = continuation
        return state.lastWaiter
      }
      guard let number else { return continuation.resume() }
      Task { [self] in
        try? await Task.sleep(for: patience)
        state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
      }
    }
  }

  /// Asks for the keys. Whoever calls was told by the pace to do so.
  private func fetch() async {
    let keys: JSONWebKeySet?
    var fault: String?
    do throws(IdentityFault) {
      keys = try await askForKeys()
    } catch {
      keys = nil
      fault = error.description
    }
    let jitter = Double.random(in: 0...1)
    let (waiters, story) = state.withLock { state in
      state.pace.end(isAnswered: keys != nil, at: clock(), jitter: jitter)
      let story = Self.story(of: settings.issuer, from: state, to: keys, fault)
      state.fault = fault
      if let keys { state.keys = keys } else { state.keysAddress = nil }
      defer { state.waiters = [:] }
      return (Array(state.waiters.values), story)
    }
    for waiter in waiters { waiter.resume() }
    if let story { note(story) }
  }

  /// What is worth a line: that which was not so before.
  private static func story(
    of issuer: String, from state: State, to keys: JSONWebKeySet?, _ fault: String?
  ) -> String? {
    if let fault {
      if state.fault == fault { return nil }
      return "cannot ask the issuer \(issuer): \(fault); "
        + (state.keys == nil
          ? "none of its tokens can be believed"
          : "its keys of before stay in force")
    }
    let names = { (set: JSONWebKeySet?) in (set?.keys ?? []).map { $0.name ?? "" }.sorted() }
    if state.fault == nil && state.keys != nil && names(state.keys) == names(keys) { return nil }
    return "the issuer \(issuer) has \(keys?.keys.count ?? 0) keys"
  }

  private func askForKeys() async throws(IdentityFault) -> JSONWebKeySet {
    let address = try await keysAddress()
    let bytes = try await get(address)
    guard let keys = JSONWebKeySet(bytes) else { throw IdentityFault("\(address) is no set of keys") }
    return keys
  }

  private func keysAddress() async throws(IdentityFault) -> WebAddress {
    let now = clock()
    if let known = state.withLock({ $0.keysAddress }),
      now - known.since < Limits.issuerDocumentSeconds * Nanos.perSecond
    {
      return known.address
    }
    guard let place = settings.documentAddress else { throw IdentityFault("\(settings.issuer) is no URL") }
    let bytes = try await get(place)
    guard let document = try? JSONReader.read(bytes) else { throw IdentityFault("\(place) is no JSON") }
    guard document["issuer"]?.text == settings.issuer else {
      throw IdentityFault("\(place) is of the issuer \(document["issuer"]?.text ?? "without a name")")
    }
    guard let text = document["jwks_uri"]?.text, let address = WebAddress(text) else {
      throw IdentityFault("\(place) says no jwks_uri that is a URL")
    }
    guard IdentitySettings.mayBeAsked(address) else { throw IdentityFault("its keys are at \(address), without TLS") }
    state.withLock { $0.keysAddress = (address, now) }
    return address
  }

  private func get(_ address: WebAddress) async throws(IdentityFault) -> [UInt8] {
    try await transport.get(address, longestBytes: Limits.issuerAnswerBytes, seconds: Limits.issuerAnswerSeconds)
  }
}
