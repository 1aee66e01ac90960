import Primitives
public import Sys

/// Sends prebuilt traffic at a rate, or as fast as the kernel takes it.
///
/// The datagrams go out in their order, by turns from each source, so that `SO_REUSEPORT` spreads them. Each source is a
/// port, and on IPv4 loopback an address of its own too, as devices have.
public struct PrebuiltSender: ~Copyable {
  /// How one run is bounded.
  public struct Bounds: Sendable {
    /// Datagrams a second; nil for no pacing.
    public var rate: Int?
    /// Ends the run after so long.
    public var durationNanos: Int64?
    /// Ends the run after so many datagrams.
    public var datagrams: Int?

    /// Whichever bound is reached first ends the run.
    public init(rate: Int? = nil, durationNanos: Int64? = nil, datagrams: Int? = nil) {
      self.rate = rate
      self.durationNanos = durationNanos
      self.datagrams = datagrams
    }
  }

  /// What one run sent.
  public struct Report: Sendable {
    /// Datagrams handed to the kernel.
    public var datagrams = 0
    /// Rows in them.
    public var rows = 0
    /// Their payload bytes.
    public var bytes = 0
    /// From the first to the last, waiting included.
    public var elapsedNanos: Int64 = 0
    /// What the sending thread used of a processor.
    public var cpuNanos: Int64 = 0
    /// Readings in those.
    public var readings = 0
  }

  /// A socket in a class, since what cannot be copied cannot be in an array.
  private final class Source {
    let socket: UDPSocket

    init(target: SocketAddress, number: Int) throws {
      let host = 0x7F01_0000 + UInt32(number)
      let isLoopback = !target.isIPv6 && target.address.low & 0xFF00_0000 == 0x7F00_0000
      do {
        socket = try UDPSocket.connected(
          to: target, from: isLoopback ? SocketAddress(SourceAddress(ipv4: host, port: 0)) : nil)
        try socket.setSendBuffer(bytes: 4 << 20)
      } catch {
        throw FleetError("cannot open a socket to \(target): \(error)")
      }
    }
  }

  private static let turn = 64
  /// With thousands of sources, so that a few seconds hear all of them.
  private static let turnOfMany = 8

  private let target: SocketAddress
  /// Whether source ports run out of message ids (CoAP).
  private let renewsPorts: Bool
  private let usesSegmentation: Bool
  private var sources: [Source] = []
  private var batch = SendBatch(datagrams: Self.turn, bytes: 4 * FleetPlan.datagramBytes)
  /// CoAP: datagrams since the source ports were opened; after 65,536 a message id would come again.
  private var sentFromPorts = 0
  /// The next datagram of the pass.
  private var position = 0

  /// - Parameter transport: nil for what is none of the simulated fleet's, such as NetFlow.
  /// - Parameter sources: source ports to spread the datagrams over.
  /// - Parameter usesSegmentation: whether one send carries up to 64 datagrams for the kernel to cut (`UDP_SEGMENT`);
  ///   the traffic must be padded to one length.
  /// - Throws: `FleetError` if a socket cannot be opened.
  public init(
    target: SocketAddress, transport: FleetTransport?, sources: Int = 1, usesSegmentation: Bool = false
  )
    throws
  {
    precondition((1...60_000).contains(sources), "BUG: \(sources) source ports")
    self.target = target
    self.usesSegmentation = usesSegmentation
    renewsPorts = transport == .coap
    self.sources = try Self.open(target, count: sources)
  }

  private static func open(_ target: SocketAddress, count: Int) throws -> [Source] {
    try (1...count).map { try Source(target: target, number: $0) }
  }

  /// Sends until a bound is reached, pass after pass; a later call goes on where this one ended. Without a bound it
  /// never ends.
  ///
  /// - Throws: `FleetError` if the network refuses.
  public mutating func send(_ traffic: inout PrebuiltTraffic, bounds: Bounds) throws -> Report {
    let start = Clock.monotonicNanos()
    let startCPU = Clock.threadCPUNanos()
    var pacer = DatagramPacer(
      rate: bounds.rate, burst: max(Self.turn, min(100_000, (bounds.rate ?? 1) / 100)), nowNanos: start)
    var report = Report()
    var next = 0
    let turn = sources.count > Self.turn ? Self.turnOfMany : Self.turn
    while true {
      let now = Clock.monotonicNanos()
      if let duration = bounds.durationNanos, now - start >= duration { break }
      var allowed = min(pacer.granted(nowNanos: now), turn)
      if let limit = bounds.datagrams { allowed = min(allowed, limit - report.datagrams) }
      if bounds.datagrams == report.datagrams { break }
      if allowed == 0 {
        Clock.sleep(nanos: max(pacer.waitNanos, 50 * Nanos.perMicrosecond))
        continue
      }
      if position == traffic.count {
        position = 0
        traffic.advance()
      }
      if renewsPorts { allowed = try freshPorts(for: allowed) }
      let range = position..<min(position + allowed, traffic.count)
      try send(traffic, range, over: sources[next])
      next = (next + 1) % sources.count
      position = range.upperBound
      sentFromPorts += range.count
      pacer.take(range.count)
      report.datagrams += range.count
      let rows = traffic.rowCount(range)
      report.rows += rows
      report.readings += rows * traffic.readingsPerRow
      report.bytes +=
        traffic.datagrams.range(range.upperBound - 1).upperBound
        - traffic.datagrams.range(range.lowerBound).lowerBound
    }
    report.elapsedNanos = Clock.monotonicNanos() - start
    report.cpuNanos = Clock.threadCPUNanos() - startCPU
    return report
  }

  /// How many of `wanted` the source ports have message ids for; new ports are opened when they have none.
  private mutating func freshPorts(for wanted: Int) throws -> Int {
    if sentFromPorts == 65_536 {
      sources = try Self.open(target, count: sources.count)
      sentFromPorts = 0
    }
    return min(wanted, 65_536 - sentFromPorts)
  }

  private mutating func send(
    _ traffic: borrowing PrebuiltTraffic, _ range: Range<Int>, over source: Source
  ) throws {
    if usesSegmentation {
      let length = traffic.datagrams.range(range.lowerBound).count
      let perSend = max(1, min(SendBatch.segmentsPerBuffer, FleetPlan.datagramBytes / length))
      var first = range.lowerBound
      while first < range.upperBound {
        let last = min(first + perSend, range.upperBound) - 1
        let together = traffic.datagrams.span(first...last)
        precondition(
          together.byteCount == length * (last - first + 1), "BUG: segmentation of datagrams of different lengths")
        try add(together, segmentBytes: first == last ? 0 : UInt16(length), over: source)
        first = last + 1
      }
    } else {
      for index in range { try add(traffic.datagrams.span(index), segmentBytes: 0, over: source) }
    }
    try flush(over: source)
  }

  private mutating func add(_ bytes: RawSpan, segmentBytes: UInt16, over source: Source) throws {
    if batch.append(bytes, segmentBytes: segmentBytes) { return }
    try flush(over: source)
    let fitted = batch.append(bytes, segmentBytes: segmentBytes)
    precondition(fitted, "BUG: a datagram of \(bytes.byteCount) bytes does not fit an empty batch")
  }

  /// Sends the batch, waiting for room where the kernel has none.
  private mutating func flush(over source: Source) throws {
    while batch.count > 0 {
      let result = batch.send(over: source.socket)
      if result > 0 { continue }
      switch Int32(-result) {
      case ErrorNumber.wouldBlock: _ = source.socket.waitWritable(timeoutNanos: 100 * Nanos.perMillisecond)
      case ErrorNumber.noBufferSpace: Clock.sleep(nanos: Nanos.perMillisecond)
      // The answer to an earlier datagram; telling it cleared it, and this one was not sent yet.
      case ErrorNumber.interrupted, ErrorNumber.connectionRefused: continue
      case let code: throw FleetError("cannot send to \(target): \(ErrorNumber.text(code))")
      }
    }
  }
}
