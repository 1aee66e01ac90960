import Fleet
import Primitives
import Sys

/// Cameras that stream to one port: RTP of many sources in turn, a picture of 16 packets each.
enum StreamSender {
  static func run(_ arguments: consuming Arguments) throws {
    var arguments = arguments
    let target = try SocketAddress.resolving(arguments.next())
    var streams = 1_000
    var bytes = 1_250
    var rate: Int?
    var durationNanos = Nanos.perSecond
    while let option = arguments.option() {
      switch option {
      case "--streams": streams = try arguments.number()
      case "--bytes": bytes = max(64, try arguments.number())
      case "--rate": rate = try arguments.number()
      case "--seconds": durationNanos = try arguments.nanos()
      default: throw UsageError(text: "cannot use the option \(option): there is none of that name")
      }
    }
    let socket = try UDPSocket.connected(to: target)
    var batch = SendBatch(datagrams: 64, bytes: 64 * bytes)
    var packet = [UInt8](repeating: 0x5A, count: bytes)
    packet.replaceSubrange(0..<2, with: [0x80, 96])
    packet.replaceSubrange(12..<14, with: [0x7C, 0x01])
    let began = Clock.monotonicNanos()
    let cpu = Clock.threadCPUNanos()
    var pacer = DatagramPacer(rate: rate, burst: 256, nowNanos: began)
    var sent = 0
    while Clock.monotonicNanos() - began < durationNanos {
      let granted = min(64, pacer.granted(nowNanos: Clock.monotonicNanos()))
      if granted == 0 { continue }
      for index in sent..<sent + granted {
        write(index, of: streams, into: &packet)
        _ = batch.append(packet.span.bytes)
      }
      while batch.count > 0 {
        if batch.send(over: socket) < 0 { _ = socket.waitWritable(timeoutNanos: Nanos.perMillisecond) }
      }
      pacer.take(granted)
      sent += granted
    }
    let elapsed = Double(Clock.monotonicNanos() - began) / 1e9
    let used = Double(Clock.threadCPUNanos() - cpu) / 1e9
    print("{\"datagrams\":\(sent),\"streams\":\(streams),\"elapsed\":\(elapsed),\"cpu\":\(used)}")
  }

  /// Sequence, timestamp and source of the packet of that number.
  private static func write(_ index: Int, of streams: Int, into packet: inout [UInt8]) {
    let sequence = index / streams
    let words = [
      UInt32(sequence & 0xFFFF), UInt32(truncatingIfNeeded: sequence / 16 * 3_600), UInt32(index % streams + 1),
    ]
    packet[2] = UInt8(truncatingIfNeeded: words[0] >> 8)
    packet[3] = UInt8(truncatingIfNeeded: words[0])
    for (word, offset) in zip(words[1...], [4, 8]) {
      for byte in 0..<4 { packet[offset + byte] = UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * byte)) }
    }
  }
}
