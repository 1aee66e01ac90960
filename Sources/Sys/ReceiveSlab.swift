import CLinux
public import Primitives

/// The memory that datagrams are received into: allocated once, its headers written once, one `recvmmsg` a call.
///
/// `unsafe` is sound here: the three blocks are owned by this value and live until `deinit`; the C side writes no more
/// than `bytesPerSlot` bytes to a slot and eight words to its description; each access is checked against `filled`.
public struct ReceiveSlab: ~Copyable, @unchecked Sendable {
  /// Slot `n` begins at `n * stride`. The stride is no multiple of 4,096: the starts of all slots, which are all that
  /// small datagrams use, would otherwise compete for one set of the processor's cache.
  @usableFromInline let base: UnsafeMutableRawPointer
  @usableFromInline let stride: Int
  /// Eight words a slot, one cache line: source high, source low, port | scope << 32, bytes | segment bytes << 32,
  /// local high, local low, interface | flags << 32, arrival (CLinux.h).
  @usableFromInline let words: UnsafeMutablePointer<UInt64>
  @usableFromInline var filled = 0
  private let headers: UnsafeMutableRawPointer
  private let mappedBytes: Int

  /// How many datagrams one call takes at the most.
  public let slots: Int
  /// How many bytes of a datagram are kept.
  public let bytesPerSlot: Int

  /// The kernel's drop counter of the last socket received from, as the newest datagram of the last call carried it:
  /// cumulative per socket, modulo 2^32, so take differences with `&-`. 0 while nothing was dropped, or if the
  /// socket does not count drops. It tells of drops before that datagram; see `UDPSocket.kernelDropCount`.
  public private(set) var droppedByKernel: UInt32 = 0

  /// A datagram longer than `bytesPerSlot` is cut and marked; with receive offload a slot must hold 65,535 bytes.
  public init(slots: Int = Limits.datagramsPerReceive, bytesPerSlot: Int = Limits.receiveBytesPerSlot) {
    precondition(slots > 0 && slots <= 1_024 && bytesPerSlot > 0, "BUG: recvmmsg takes 1 to 1,024 datagrams")
    self.slots = slots
    self.bytesPerSlot = bytesPerSlot
    stride = (bytesPerSlot + 63) / 64 * 64 + 192
    mappedBytes = slots * stride
    guard let mapped = clinux_map_anonymous(mappedBytes, mappedBytes >= 2 << 20 ? 1 : 0) else {
      fatalError("FATAL: cannot allocate receive slab of \(mappedBytes) bytes: out of memory")
    }
    base = mapped
    words = UnsafeMutableRawPointer.allocate(byteCount: slots * CLINUX_SLOT_WORDS * 8, alignment: 64)
      .bindMemory(to: UInt64.self, capacity: slots * CLINUX_SLOT_WORDS)
    words.initialize(repeating: 0, count: slots * CLINUX_SLOT_WORDS)
    headers = .allocate(byteCount: clinux_receive_headers_bytes(Int32(slots)), alignment: 64)
    clinux_receive_headers_prepare(headers, Int32(slots), base, stride, bytesPerSlot)
  }

  deinit {
    headers.deallocate()
    words.deallocate()
    clinux_unmap(base, mappedBytes)
  }

  /// Takes what waits at `socket`, at most one datagram (or one row of glued ones) a slot, without waiting. Returns
  /// how many slots were filled, 0 if nothing waits, or -errno. What an earlier call filled is gone.
  public mutating func receive(from socket: borrowing UDPSocket) -> Int {
    let descriptor = socket.fileDescriptor
    if let network = Network.simulated { return receive(from: network, descriptor) }
    var dropped: UInt32 = droppedByKernel
    let result = Kernel.call(.receive) {
      clinux_receive(descriptor, headers, Int32(slots), words, &dropped)
    }
    droppedByKernel = dropped
    filled = result > 0 ? Int(result) : 0
    return Int(result)
  }

  /// As the C side does, without glueing.
  private mutating func receive(from network: SimulatedNetwork, _ descriptor: Int32) -> Int {
    var received: (datagrams: [SimulatedNetwork.Datagram], dropped: UInt32) = ([], 0)
    let result = Kernel.call(.receive) {
      received = network.receive(descriptor, count: slots)
      return Int32(received.datagrams.count)
    }
    filled = max(0, Int(result))
    droppedByKernel = received.dropped
    for (slot, datagram) in received.datagrams.enumerated() {
      let kept = min(datagram.bytes.count, bytesPerSlot)
      datagram.bytes.withUnsafeBytes { bytes in
        if let start = bytes.baseAddress { (base + slot * stride).copyMemory(from: start, byteCount: kept) }
      }
      let flags = UInt64(CLINUX_SLOT_HAS_LOCAL) | (kept < datagram.bytes.count ? UInt64(CLINUX_SLOT_TRUNCATED) : 0)
      let (source, local) = (datagram.source, datagram.destination)
      let described: [UInt64] = [
        source.high, source.low, UInt64(source.port) | UInt64(source.scope) << 32, UInt64(kept), local.high,
        local.low, flags << 32, 0,
      ]
      for (index, word) in described.enumerated() { words[slot * CLINUX_SLOT_WORDS + index] = word }
    }
    return Int(result)
  }

  /// How many slots the last call filled.
  @inlinable public var count: Int { filled }

  @inlinable
  func word(_ slot: Int, _ index: Int) -> UInt64 {
    precondition(UInt(bitPattern: slot) < UInt(bitPattern: filled), "BUG: a slot that was not filled")
    return words[slot &* 8 &+ index]
  }

  /// Bytes that the slot holds: one datagram's, or those of several glued together.
  @inlinable
  public func byteCount(_ slot: Int) -> Int {
    Int(truncatingIfNeeded: word(slot, 3) & 0xFFFF_FFFF)
  }

  /// The length of each glued datagram but the last, which may be shorter; 0 if the slot holds just one datagram.
  @inlinable
  public func segmentBytes(_ slot: Int) -> Int {
    Int(truncatingIfNeeded: word(slot, 3) >> 32)
  }

  /// How many datagrams the slot holds: at least one, for an empty datagram is one too.
  @inlinable
  public func segmentCount(_ slot: Int) -> Int {
    let segment = segmentBytes(slot)
    let bytes = byteCount(slot)
    return segment == 0 || bytes <= segment ? 1 : (bytes &+ segment &- 1) / segment
  }

  /// Who sent it.
  @inlinable
  public func source(_ slot: Int) -> SourceAddress {
    let portAndScope = word(slot, 2)
    return SourceAddress(
      high: words[slot &* 8], low: words[slot &* 8 &+ 1], port: UInt16(truncatingIfNeeded: portAndScope),
      scope: UInt32(truncatingIfNeeded: portAndScope >> 32))
  }

  /// Whether the datagram was longer than the slot (`MSG_TRUNC`).
  @inlinable
  public func isTruncated(_ slot: Int) -> Bool {
    word(slot, 6) & (1 << 32) != 0
  }

  /// The own address that it was sent to; nil if the socket does not report it, or if it was a multicast address.
  @inlinable
  public func localAddress(_ slot: Int) -> LocalAddress? {
    let interfaceAndFlags = word(slot, 6)
    if interfaceAndFlags & (2 << 32) == 0 { return nil }
    return LocalAddress(
      high: words[slot &* 8 &+ 4], low: words[slot &* 8 &+ 5],
      interface: UInt32(truncatingIfNeeded: interfaceAndFlags))
  }

  /// When the kernel took it in; nil if the socket does not report it.
  @inlinable
  public func arrivalNanos(_ slot: Int) -> UnixNanos? {
    let nanos = Int64(bitPattern: word(slot, 7))
    return nanos == 0 ? nil : nanos
  }

  /// All bytes of the slot, valid until the next `receive`.
  @inlinable
  @_lifetime(borrow self)
  public func bytes(_ slot: Int) -> RawSpan {
    let count = byteCount(slot)
    return _overrideLifetime(
      RawSpan(_unsafeStart: UnsafeRawPointer(base + slot &* stride), byteCount: count), borrowing: self)
  }

  /// One of the `segmentCount` datagrams of the slot, valid until the next `receive`.
  @inlinable
  @_lifetime(borrow self)
  public func bytes(_ slot: Int, segment: Int) -> RawSpan {
    let count = byteCount(slot)
    let length = segmentBytes(slot)
    precondition(segment >= 0 && segment < segmentCount(slot), "BUG: a segment that the slot has not")
    let start = segment &* length
    let end = length == 0 ? count : min(start &+ length, count)
    return _overrideLifetime(
      RawSpan(_unsafeStart: UnsafeRawPointer(base + slot &* stride + start), byteCount: end &- start),
      borrowing: self)
  }
}
