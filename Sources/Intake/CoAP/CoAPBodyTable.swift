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
    var length = 0
    /// The Content-Format of the first block, -1 if it had none.
    var contentFormat = -1
  }

  private var bodies: Slab<Body>
  private let bodyBytes: Int

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

  /// Begins a body, one of the same key anew; nil if all places are taken.
  mutating func begin(
    _ source: SourceAddress, hash: UInt64, contentFormat: UInt16?, nowNanos: Int64, expiresNanos: Int64
  ) -> Int? {
    guard let index = find(source, hash: hash, nowNanos: nowNanos) ?? free(nowNanos: nowNanos) else { return nil }
    var body = bodies[index]
    body.memory = body.memory ?? UnsafeMutableRawPointer.allocate(byteCount: bodyBytes, alignment: 8)
    body.source = source
    body.hash = hash
    body.expiresNanos = expiresNanos
    body.length = 0
    body.contentFormat = contentFormat.map { Int($0) } ?? -1
    bodies[index] = body
    return index
  }

  private func free(nowNanos: Int64) -> Int? {
    for index in 0..<bodies.count where bodies[index].expiresNanos <= nowNanos { return index }
    return nil
  }

  func length(of index: Int) -> Int { bodies[index].length }

  func contentFormat(of index: Int) -> UInt16? {
    UInt16(exactly: bodies[index].contentFormat)
  }

  /// Appends a block; `false` if the body would be too large.
  mutating func append(_ block: RawSpan, to index: Int, expiresNanos: Int64) -> Bool {
    let length = bodies[index].length
    guard let memory = bodies[index].memory, block.byteCount <= bodyBytes - length else { return false }
    block.withUnsafeBytes { source in
      if let base = source.baseAddress { (memory + length).copyMemory(from: base, byteCount: source.count) }
    }
    bodies[index].length = length + block.byteCount
    bodies[index].expiresNanos = expiresNanos
    return true
  }

  mutating func end(_ index: Int) {
    bodies[index].expiresNanos = Int64.min
    bodies[index].length = 0
  }

  /// What the body holds so far.
  @_lifetime(borrow self)
  borrowing func bytes(of index: Int) -> RawSpan {
    let body = bodies[index]
    guard let memory = body.memory else { preconditionFailure("BUG: a body that was not begun") }
    return _overrideLifetime(RawSpan(_unsafeStart: UnsafeRawPointer(memory), byteCount: body.length), borrowing: self)
  }
}
