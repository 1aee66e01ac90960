import Primitives
import Sys

/// The sockets of a simulation: source ports by protocol, new ones for CoAP whenever one has used up its message ids.
struct FleetSender: ~Copyable {
  private struct Key: Hashable {
    var transport: FleetTransport
    var source: Int
  }

  private let targets: [FleetTransport: SimulationTarget]
  private let seed: UInt64
  private var sockets: [Key: (epoch: Int, socket: FleetSocket)] = [:]
  /// CoAP ports that send nothing new and still wait for answers.
  private var retired: [FleetSocket] = []
  private var opened: UInt64 = 0
  /// Answers are small; a longer one is cut, and its head is all that is read.
  private var slab = ReceiveSlab(slots: 32, bytesPerSlot: 2_048)
  private var resend: [[UInt8]] = []
  private var nextLookNanos = Int64.min
  private var touched: [FleetSocket] = []

  init(targets: [SimulationTarget], seed: UInt64) throws {
    var known: [FleetTransport: SimulationTarget] = [:]
    for target in targets {
      if known[target.transport] != nil {
        throw FleetError("cannot simulate to \(target.address): \(target.transport.rawValue) has another target")
      }
      known[target.transport] = target
    }
    self.targets = known
    self.seed = seed
  }

  /// Confirmable messages that wait for an answer.
  var waiting: Int {
    sockets.values.reduce(0) { $0 + $1.socket.exchanges.count } + retired.reduce(0) { $0 + $1.exchanges.count }
  }

  /// Sends all closed datagrams of `buffer`; `datagrams` says where to.
  mutating func send(_ buffer: borrowing DatagramBuffer, _ datagrams: [FleetDatagram], nowNanos: Int64) throws {
    for index in 0..<buffer.count {
      let datagram = datagrams[index]
      let socket = try socket(for: datagram)
      if datagram.isConfirmable {
        socket.exchanges.begin(datagram, bytes: buffer.datagram(index), nowNanos: nowNanos)
      }
      try socket.add(buffer.span(index))
      if touched.last !== socket { touched.append(socket) }
    }
    for socket in touched { try socket.flush() }
    touched.removeAll(keepingCapacity: true)
  }

  private mutating func socket(for datagram: FleetDatagram) throws -> FleetSocket {
    let key = Key(transport: datagram.transport, source: datagram.source)
    if let known = sockets[key] {
      if known.epoch == datagram.epoch { return known.socket }
      try known.socket.flush()
      retired.append(known.socket)
    }
    guard let target = targets[datagram.transport] else {
      preconditionFailure("BUG: a \(datagram.transport.rawValue) datagram without a target")
    }
    let socket = try FleetSocket(target: target, seed: seed, stream: opened)
    opened += 1
    sockets[key] = (datagram.epoch, socket)
    return socket
  }

  /// Reads answers, sends again what is due, and books both in `tally`.
  mutating func settle(into tally: inout FleetTally, nowNanos: Int64) throws {
    if targets[.coap] == nil { return }
    // The timeouts are seconds: ten looks a second are enough.
    let looksForDue = nowNanos >= nextLookNanos
    if looksForDue { nextLookNanos = nowNanos + 100 * Nanos.perMillisecond }
    var count = tally.transports[.coap] ?? FleetTally.TransportCount()
    var acknowledgedRows: [FleetMeasurement: Int] = [:]
    let open = sockets.filter { $0.key.transport == .coap }.map(\.value.socket)
    for socket in open + retired {
      socket.receive(with: &slab) { outcome in
        switch outcome {
        case .acknowledged(let datagram):
          count.acknowledged += 1
          if let measurement = datagram.measurement { acknowledgedRows[measurement, default: 0] += datagram.rows }
        case .refused: count.refused += 1
        case .accepted, .unknown: break
        }
      }
      guard looksForDue else { continue }
      resend.removeAll(keepingCapacity: true)
      count.unanswered += socket.exchanges.retransmit(nowNanos: nowNanos, into: &resend)
      count.retransmitted += resend.count
      for bytes in resend { try socket.add(bytes.span.bytes) }
      try socket.flush()
    }
    retired.removeAll { $0.exchanges.count == 0 }
    tally.transports[.coap] = count
    for (measurement, rows) in acknowledgedRows {
      tally.measurements[measurement.name, default: FleetTally.MeasurementCount()].acknowledged += rows
    }
  }

  /// Books what is left open at the end.
  mutating func finish(into tally: inout FleetTally) {
    let open = waiting
    if open > 0 { tally.transports[.coap, default: FleetTally.TransportCount()].unanswered += open }
    for (key, value) in sockets {
      tally.transports[key.transport, default: FleetTally.TransportCount()].unreachable += value.socket.unreachable
    }
  }
}
