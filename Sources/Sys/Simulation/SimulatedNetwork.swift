import CLinux
public import Primitives
import Synchronization

/// The sockets of a simulated machine: datagrams come when a test delivers them, and what is sent is kept for it.
///
/// A socket holds as many datagrams as its buffer takes and drops the rest, counted, as a kernel does. Several sockets that
/// share a port take turns.
public final class SimulatedNetwork: Sendable {
  /// Descriptors from here to those of the simulated disk are its own: none of the real machine is as large.
  static let firstDescriptor: Int32 = 1 << 29
  /// Datagrams that a socket holds.
  static let datagramsPerSocket = 512

  /// A datagram on its way.
  public struct Datagram: Sendable {
    public var source: SourceAddress
    public var destination: SourceAddress
    public var bytes: [UInt8]

    public init(source: SourceAddress, destination: SourceAddress, bytes: [UInt8]) {
      self.source = source
      self.destination = destination
      self.bytes = bytes
    }
  }

  struct Socket: Sendable {
    var address = clinux_address()
    var isBound = false
    var sharesPort = false
    var waiting: [Datagram] = []
    var dropped: UInt32 = 0
  }

  enum Thing: Sendable {
    case socket(Socket)
    case event(signals: Int)
    /// What is watched, in the order in which it was added.
    case poller([(descriptor: Int32, token: UInt64)])
  }

  struct State: Sendable {
    var things: [Int32: Thing] = [:]
    var next = SimulatedNetwork.firstDescriptor
    var nextPort: UInt16 = 40_000
    var turn = 0
    var sent: [Datagram] = []
    var refusedSends = 0
    var dropped: UInt64 = 0

    mutating func open(_ thing: Thing) -> Int32 {
      things[next] = thing
      next += 1
      return next - 1
    }

    func socket(_ descriptor: Int32) -> Socket? {
      if case .socket(let socket) = things[descriptor] { return socket }
      return nil
    }
  }

  private let state = Mutex(State())

  init() {}

  // MARK: for tests

  /// Brings a datagram to whoever listens at its destination's port; false if nobody does. More than a socket holds is
  /// dropped and counted.
  @discardableResult
  public func deliver(_ datagram: Datagram) -> Bool {
    state.withLock { state in
      var found: [Int32] = []
      for (descriptor, thing) in state.things {
        guard case .socket(let socket) = thing, socket.isBound, socket.address.port == datagram.destination.port
        else { continue }
        found.append(descriptor)
      }
      if found.isEmpty { return false }
      found.sort()
      state.turn += 1
      let descriptor = found[state.turn % found.count]
      guard var socket = state.socket(descriptor) else { return false }
      state.things[descriptor] = nil
      if socket.waiting.count < Self.datagramsPerSocket {
        socket.waiting.append(datagram)
      } else {
        socket.dropped &+= 1
        state.dropped += 1
      }
      state.things[descriptor] = .socket(socket)
      return true
    }
  }

  /// What was sent since the last call.
  public func takeSent() -> [Datagram] {
    state.withLock { state in
      defer { state.sent = [] }
      return state.sent
    }
  }

  /// What sockets had no room for since the process began.
  public var droppedCount: UInt64 { state.withLock { $0.dropped } }

  /// The next sends find the buffer full.
  public func refuseSends(_ count: Int) { state.withLock { $0.refusedSends = count } }

  /// All descriptors are gone, as with their process, and with them what waited at its sockets.
  public func endProcess() {
    state.withLock { state in
      state.things = [:]
      state.refusedSends = 0
      state.dropped = 0
    }
  }

  // MARK: calls

  func socket() -> Int32 { state.withLock { $0.open(.socket(Socket())) } }

  func close(_ descriptor: Int32) { state.withLock { $0.things[descriptor] = nil } }

  func bind(_ descriptor: Int32, _ address: inout clinux_address, shares: Bool) -> Int32 {
    state.withLock { state in
      guard var socket = state.socket(descriptor) else { return -ErrorNumber.invalid }
      if address.port == 0 {
        address.port = state.nextPort
        state.nextPort += 1
      }
      for case .socket(let other) in state.things.values where other.isBound && other.address.port == address.port {
        if !shares || !other.sharesPort { return -ErrorNumber.addressInUse }
      }
      socket.address = address
      socket.isBound = true
      socket.sharesPort = shares
      state.things[descriptor] = .socket(socket)
      return 0
    }
  }

  func sharePort(_ descriptor: Int32) -> Int32 {
    state.withLock { state in
      guard var socket = state.socket(descriptor) else { return -ErrorNumber.invalid }
      socket.sharesPort = true
      state.things[descriptor] = .socket(socket)
      return 0
    }
  }

  func localAddress(_ descriptor: Int32, _ address: inout clinux_address) -> Int32 {
    guard let socket = state.withLock({ $0.socket(descriptor) }) else { return -ErrorNumber.invalid }
    address = socket.address
    return 0
  }

  func dropCount(_ descriptor: Int32) -> Int64 {
    state.withLock { $0.socket(descriptor).map { Int64($0.dropped) } } ?? -Int64(ErrorNumber.invalid)
  }

  /// Takes up to `count` datagrams that wait at a socket.
  func receive(_ descriptor: Int32, count: Int) -> (datagrams: [Datagram], dropped: UInt32) {
    state.withLock { state in
      guard var socket = state.socket(descriptor) else { return ([], 0) }
      let taken = Array(socket.waiting.prefix(count))
      socket.waiting.removeFirst(taken.count)
      state.things[descriptor] = .socket(socket)
      return (taken, socket.dropped)
    }
  }

  func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, to target: clinux_address) -> Int32 {
    let bytes = Array(bytes)
    return state.withLock { state in
      guard let socket = state.socket(descriptor) else { return -ErrorNumber.invalid }
      if state.refusedSends > 0 {
        state.refusedSends -= 1
        return -ErrorNumber.wouldBlock
      }
      state.sent.append(
        Datagram(
          source: SocketAddress(socket.address).address, destination: SocketAddress(target).address, bytes: bytes))
      return 0
    }
  }

  // MARK: events

  func eventDescriptor() -> Int32 { state.withLock { $0.open(.event(signals: 0)) } }

  func signal(_ descriptor: Int32) -> Int32 {
    state.withLock { state in
      if case .event = state.things[descriptor] { state.things[descriptor] = .event(signals: 1) }
    }
    return 0
  }

  func clear(_ descriptor: Int32) -> Int32 {
    state.withLock { state in
      guard case .event(let signals) = state.things[descriptor], signals > 0 else { return 0 }
      state.things[descriptor] = .event(signals: 0)
      return 1
    }
  }

  func isReadable(_ descriptor: Int32) -> Bool { state.withLock { Self.isReadable(descriptor, $0) } }

  private static func isReadable(_ descriptor: Int32, _ state: borrowing State) -> Bool {
    switch state.things[descriptor] {
    case .socket(let socket): !socket.waiting.isEmpty
    case .event(let signals): signals > 0
    case .poller, nil: false
    }
  }

  func poller() -> Int32 { state.withLock { $0.open(.poller([])) } }

  func watch(_ poller: Int32, _ descriptor: Int32, token: UInt64) -> Int32 {
    state.withLock { state in
      guard case .poller(var watched) = state.things[poller] else { return -ErrorNumber.invalid }
      watched.append((descriptor, token))
      state.things[poller] = .poller(watched)
      return 0
    }
  }

  func unwatch(_ poller: Int32, _ descriptor: Int32) -> Int32 {
    state.withLock { state in
      guard case .poller(let watched) = state.things[poller] else { return -ErrorNumber.invalid }
      state.things[poller] = .poller(watched.filter { $0.descriptor != descriptor })
      return 0
    }
  }

  /// The tokens of what is readable now.
  func ready(_ poller: Int32) -> [UInt64] {
    state.withLock { state in
      guard case .poller(let watched) = state.things[poller] else { return [] }
      return watched.filter { Self.isReadable($0.descriptor, state) }.map(\.token)
    }
  }
}
