import Primitives

/// Which addresses are known to be the senders' own (RFC 9175 section 2.3): they sent back the token that had been
/// sent to them. Tokens need no memory; who proved itself is remembered in a bounded table.
struct CoAPFreshness: ~Copyable {
  struct Proof: BitwiseCopyable {
    var source: SourceAddress
    var expiresNanos: Int64
  }

  /// A token is taken for one to two windows.
  private static let windowNanos = 64 * Nanos.perSecond

  private let key: (UInt64, UInt64)
  private var table: Slab<Proof>

  init(key: (UInt64, UInt64)) {
    self.key = key
    table = Slab(
      repeating: Proof(source: SourceAddress(ipv4: 0, port: 0), expiresNanos: .min), count: Limits.coapProofs)
  }

  /// The token of an address at a time.
  func token(_ source: SourceAddress, nowNanos: Int64) -> UInt64 {
    token(source, window: flooredDivision(nowNanos, by: Self.windowNanos))
  }

  private func token(_ source: SourceAddress, window: Int64) -> UInt64 {
    var hash = SipHash(key: key)
    hash.combine(source, 1)
    return hash.finish(last: UInt64(bitPattern: window))
  }

  private func place(_ source: SourceAddress) -> Int {
    var hash = SipHash(key: key)
    hash.combine(source, 2)
    return Int(hash.finish(last: 0) % UInt64(Limits.coapProofs))
  }

  /// Takes an Echo option's value; remembers the source if it is the token that it was sent.
  mutating func verify(_ source: SourceAddress, echo: UInt64, nowNanos: Int64, expiresNanos: Int64) {
    let window = flooredDivision(nowNanos, by: Self.windowNanos)
    if echo == token(source, window: window) || echo == token(source, window: window &- 1) {
      table[place(source)] = Proof(source: source, expiresNanos: expiresNanos)
    }
  }

  func isVerified(_ source: SourceAddress, nowNanos: Int64) -> Bool {
    let proof = table[place(source)]
    return proof.expiresNanos > nowNanos && proof.source == source
  }
}
