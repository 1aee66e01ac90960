import Primitives
import Sys

/// One source port towards one target: a batch that goes out by `sendmmsg`, and for CoAP what waits for answers.
final class FleetSocket {
  private let target: SimulationTarget
  private let socket: UDPSocket
  private var batch: SendBatch
  var exchanges: CoAPExchanges
  /// Times that the kernel said that nobody listens there.
  var unreachable = 0

  init(target: SimulationTarget, seed: UInt64, stream: UInt64, batchBytes: Int = 2 * FleetPlan.datagramBytes) throws {
    self.target = target
    do {
      socket = try UDPSocket.connected(to: target.address)
      try socket.setSendBuffer(bytes: 4 << 20)
    } catch {
      throw FleetError("cannot open a socket to \(target.address): \(error)")
    }
    batch = SendBatch(datagrams: 64, bytes: batchBytes)
    exchanges = CoAPExchanges(seed: seed, stream: stream)
  }

  /// Adds a datagram to the batch, which is sent first if it is full. With `segmentBytes` the kernel cuts it into
  /// datagrams of that size.
  func add(_ bytes: RawSpan, segmentBytes: UInt16 = 0) throws {
    if batch.append(bytes, segmentBytes: segmentBytes) { return }
    try flush()
    let fitted = batch.append(bytes, segmentBytes: segmentBytes)
    precondition(fitted, "BUG: a datagram of \(bytes.byteCount) bytes does not fit an empty batch")
  }

  /// Sends the batch, waiting for room where the kernel has none.
  func flush() throws {
    while batch.count > 0 {
      let result = batch.send(over: socket)
      if result > 0 { continue }
      switch Int32(-result) {
      case ErrorNumber.wouldBlock: _ = socket.waitWritable(timeoutNanos: 100 * Nanos.perMillisecond)
      case ErrorNumber.noBufferSpace: Clock.sleep(nanos: Nanos.perMillisecond)
      case ErrorNumber.interrupted: continue
      // The answer to an earlier datagram; telling it cleared it, and this one was not sent yet.
      case ErrorNumber.connectionRefused: unreachable += 1
      case let code: throw FleetError("cannot send to \(target.address): \(ErrorNumber.text(code))")
      }
    }
  }

  /// Reads what came back. Separate answers that ask for it are acknowledged (RFC 7252 section 5.2.2).
  func receive(with slab: inout ReceiveSlab, outcome: (CoAPExchanges.Outcome) -> Void) {
    while true {
      let count = slab.receive(from: socket)
      if count < 0 && Int32(-count) == ErrorNumber.connectionRefused { unreachable += 1 }
      if count <= 0 { return }
      for slot in 0..<count {
        guard let reply = CoAPReply(slab.bytes(slot)) else { continue }
        outcome(exchanges.take(reply))
        if reply.type == .confirmable { acknowledge(reply.messageID) }
      }
    }
  }

  private func acknowledge(_ messageID: UInt16) {
    let answer: [UInt8] = [0x60, 0, UInt8(messageID >> 8), UInt8(messageID & 0xFF)]
    // If it is lost the other side sends its answer again.
    _ = socket.send(answer.span.bytes)
  }
}
