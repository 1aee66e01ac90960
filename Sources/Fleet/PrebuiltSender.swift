import Primitives
public import Sys

/// Sends prebuilt traffic at a rate, or as fast as the kernel takes it.
///
/// The datagrams go out in their order, by turns of 64 from each source port, so that `SO_REUSEPORT` spreads them.
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
    /// Four a row.
    public var readings: Int { rows * 4 }
  }

  private static let turn = 64

  private let target: SimulationTarget
  private let sources: Int
  private let usesSegmentation: Bool
  private var sockets: [FleetSocket] = []
  /// CoAP: datagrams since the source ports were opened; after 65,536 a message id would come again.
  private var sentFromPorts = 0
  /// The next datagram of the pass.
  private var position = 0

  /// - Parameter sources: source ports to spread the datagrams over.
  /// - Parameter usesSegmentation: whether one send carries up to 64 datagrams for the kernel to cut (`UDP_SEGMENT`);
  ///   the traffic must be padded to one length.
  /// - Throws: `FleetError` if a socket cannot be opened.
  public init(target: SocketAddress, transport: FleetTransport, sources: Int = 1, usesSegmentation: Bool = false) throws
  {
    precondition((1...1_000).contains(sources), "BUG: \(sources) source ports")
    self.target = SimulationTarget(transport: transport, address: target)
    self.sources = sources
    self.usesSegmentation = usesSegmentation
    sockets = try Self.open(self.target, count: sources)
  }

  private static func open(_ target: SimulationTarget, count: Int) throws -> [FleetSocket] {
    try (0..<count).map { index in
      try FleetSocket(target: target, seed: 0, stream: UInt64(index), batchBytes: 4 * FleetPlan.datagramBytes)
    }
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
    while true {
      let now = Clock.monotonicNanos()
      if let duration = bounds.durationNanos, now - start >= duration { break }
      var allowed = min(pacer.granted(nowNanos: now), Self.turn)
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
      if target.transport == .coap { allowed = try freshPorts(for: allowed) }
      let range = position..<min(position + allowed, traffic.count)
      try send(traffic, range, over: sockets[next])
      next = (next + 1) % sources
      position = range.upperBound
      sentFromPorts += range.count
      pacer.take(range.count)
      report.datagrams += range.count
      report.rows += traffic.rowCount(range)
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
      sockets = try Self.open(target, count: sources)
      sentFromPorts = 0
    }
    return min(wanted, 65_536 - sentFromPorts)
  }

  private func send(_ traffic: borrowing PrebuiltTraffic, _ range: Range<Int>, over socket: FleetSocket) throws {
    if usesSegmentation {
      let length = traffic.datagrams.range(range.lowerBound).count
      let perSend = max(1, min(SendBatch.segmentsPerBuffer, FleetPlan.datagramBytes / length))
      var first = range.lowerBound
      while first < range.upperBound {
        let last = min(first + perSend, range.upperBound) - 1
        let together = traffic.datagrams.span(first...last)
        precondition(
          together.byteCount == length * (last - first + 1), "BUG: segmentation of datagrams of different lengths")
        try socket.add(together, segmentBytes: first == last ? 0 : UInt16(length))
        first = last + 1
      }
    } else {
      for index in range { try socket.add(traffic.datagrams.span(index)) }
    }
    try socket.flush()
  }
}
