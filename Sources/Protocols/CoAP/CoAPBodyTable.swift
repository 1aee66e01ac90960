import Primitives

/// Bodies that come in blocks (RFC 7959), by source and a hash of what else makes them one.
///
/// `unsafe` is sound here: a body's memory is allocated for `bodyBytes` when its place is first used and freed in
/// `deinit`; bytes are copied in only up to `bodyBytes` and read only below the body's `length`.
struct CoAPBodyTable: ~Copyable, @unchecked Sendable {
  struct Body: BitwiseCopyable {
    var memory: UnsafeMutableRawPointer?
    var source = SourceAddress(ipv4: 0, port: 0)
    var hash: UInt64 = 0
    /// Free from then on; `Int64.min` if it is free already.
    var expiresNanos = Int64.min
    /// When its last block came.
    var touchedNanos: Int64 = 0
    /// How many its host and its network have.
    var hostCount: UInt16 = 0
    var networkCount: UInt16 = 0
    var length = 0
    /// The Content-Format of the first block, -1 if it had none.
    var contentFormat = -1
  }

  private var bodies: Slab<Body>
  private let bodyBytes: Int
  /// Bodies that gave way to others.
  private(set) var evictions: UInt64 = 0
  private static let idleNanos = Int64(Limits.coapBodyIdleSeconds) * Nanos.perSecond

  init(count: Int, bodyBytes: Int) {
    bodies = Slab(repeating: Body(), count: count)
    self.bodyBytes = bodyBytes
  }

  deinit {
    for index in 0..<bodies.count { bodies[index].memory?.deallocate() }
  }

  /// The body of that key under assembly.
  func find(_ source: SourceAddress, hash: UInt64, nowNanos: Int64) -> Int? {
    for index in 0..<bodies.count {
      let body = bodies[index]
      if body.hash == hash && body.expiresNanos > nowNanos && body.source == source { return index }
    }
    return nil
  }

  /// Begins a body, one of the same key anew; nil if all places are taken and none of them has to be left.
  mutating func begin(
    _ source: SourceAddress, hash: UInt64, contentFormat: UInt16?, nowNanos: Int64, expiresNanos: Int64
  ) -> Int? {
    let known = find(source, hash: hash, nowNanos: nowNanos) ?? free(nowNanos: nowNanos)
    guard let index = known ?? makeRoom(for: source, nowNanos: nowNanos) else { return nil }
    var body = bodies[index]
    let formerHost = body.source
    body.touchedNanos = nowNanos
    body.memory = body.memory ?? UnsafeMutableRawPointer.allocate(byteCount: bodyBytes, alignment: 8)
    body.source = source
    body.hash = hash
    body.expiresNanos = expiresNanos
    body.length = 0
    body.contentFormat = contentFormat.map { Int($0) } ?? -1
    bodies[index] = body
    recount(source)
    if !Self.isSameHost(formerHost, source) { recount(formerHost) }
    return index
  }

  private func free(nowNanos: Int64) -> Int? {
    for index in 0..<bodies.count where bodies[index].expiresNanos <= nowNanos { return index }
    return nil
  }

  /// The place of another body that has to go for one of `source`, the one of which nothing came for the longest: of the
  /// host that has the most, if `source` has fewer by two; else of the network that has; else of all, if it rests long.
  /// nil if none of them has to: the newcomer waits.
  private mutating func makeRoom(for source: SourceAddress, nowNanos: Int64) -> Int? {
    var ofHost = 0
    var ofNetwork = 0
    var longest = 0
    var own: (host: UInt16, network: UInt16) = (0, 0)
    for index in 0..<bodies.count {
      let body = bodies[index]
      if Self.isSameNetwork(body.source, source) { own.network = body.networkCount }
      if Self.isSameHost(body.source, source) { own.host = body.hostCount }
      let (host, network) = (bodies[ofHost], bodies[ofNetwork])
      if (body.hostCount, -body.touchedNanos) > (host.hostCount, -host.touchedNanos) { ofHost = index }
      if (body.networkCount, -body.touchedNanos) > (network.networkCount, -network.touchedNanos) { ofNetwork = index }
      if body.touchedNanos < bodies[longest].touchedNanos { longest = index }
    }
    var index = longest
    if bodies[ofHost].hostCount >= own.host &+ 2 {
      index = ofHost
    } else if bodies[ofNetwork].networkCount >= own.network &+ 2 {
      index = ofNetwork
    } else if nowNanos &- bodies[longest].touchedNanos < Self.idleNanos {
      return nil
    }
    end(index)
    evictions &+= 1
    return index
  }

  /// Notes beside each body of a host's network how many it has.
  private mutating func recount(_ source: SourceAddress) {
    var count: UInt16 = 0
    for index in 0..<bodies.count where isOfNetwork(index, source) { count &+= 1 }
    for index in 0..<bodies.count where isOfNetwork(index, source) { bodies[index].networkCount = count }
    count = 0
    for index in 0..<bodies.count where isOfHost(index, source) { count &+= 1 }
    for index in 0..<bodies.count where isOfHost(index, source) { bodies[index].hostCount = count }
  }

  private func isOfNetwork(_ index: Int, _ source: SourceAddress) -> Bool {
    bodies[index].expiresNanos != Int64.min && Self.isSameNetwork(bodies[index].source, source)
  }

  private func isOfHost(_ index: Int, _ source: SourceAddress) -> Bool {
    bodies[index].expiresNanos != Int64.min && Self.isSameHost(bodies[index].source, source)
  }

  private static func isSameHost(_ a: SourceAddress, _ b: SourceAddress) -> Bool { a.high == b.high && a.low == b.low }

  /// Whether both are of one IPv6 network of 64 bits, whose addresses one host may have all; of IPv4 an address.
  private static func isSameNetwork(_ a: SourceAddress, _ b: SourceAddress) -> Bool {
    a.high == b.high && (a.low == b.low || !a.isIPv4)
  }

  func length(of index: Int) -> Int { bodies[index].length }

  func contentFormat(of index: Int) -> UInt16? {
    UInt16(exactly: bodies[index].contentFormat)
  }

  /// Appends a block; `false` if the body would be too large.
  mutating func append(_ block: RawSpan, to index: Int, nowNanos: Int64, expiresNanos: Int64) -> Bool {
    let length = bodies[index].length
    guard let memory = bodies[index].memory, block.byteCount <= bodyBytes - length else { return false }
    block.withUnsafeBytes { source in
      if let base = source.baseAddress { (memory + length).copyMemory(from: base, byteCount: source.count) }
    }
    bodies[index].length = length + block.byteCount
    bodies[index].expiresNanos = expiresNanos
    bodies[index].touchedNanos = nowNanos
    return true
  }

  mutating func end(_ index: Int) {
    bodies[index].expiresNanos = Int64.min
    bodies[index].length = 0
    recount(bodies[index].source)
  }

  /// What the body holds so far.
  @_lifetime(borrow self)
  borrowing func bytes(of index: Int) -> RawSpan {
    let body = bodies[index]
    guard let memory = body.memory else { preconditionFailure("BUG: a body that was not begun") }
    return _overrideLifetime(RawSpan(_unsafeStart: UnsafeRawPointer(memory), byteCount: body.length), borrowing: self)
  }
}
