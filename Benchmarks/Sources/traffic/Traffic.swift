import Fleet
import Primitives
import Sys

/// What the benchmarks send, and the bare loop that they are measured against.
///
///     traffic send HOST:PORT LINES RATE SECONDS     line protocol, LINES a datagram; RATE 0 is as fast as it goes
///     traffic receive PORT SECONDS                  recvmmsg and discard, on 127.0.0.1
///
/// Each prints one JSON object.
@main
enum Traffic {
  static func main() throws {
    let arguments = CommandLine.arguments
    if arguments.count == 6, arguments[1] == "send", let lines = Int(arguments[3]), let rate = Int(arguments[4]),
      let seconds = Double(arguments[5])
    {
      try send(to: arguments[2], lines: lines, rate: rate, seconds: seconds)
    } else if arguments.count == 4, arguments[1] == "receive", let seconds = Double(arguments[3]) {
      try receive(on: "127.0.0.1:" + arguments[2], seconds: seconds)
    } else {
      print("usage: traffic send HOST:PORT LINES RATE SECONDS | traffic receive PORT SECONDS")
    }
  }

  private static func send(to target: String, lines: Int, rate: Int, seconds: Double) throws {
    var settings = PrebuiltTraffic.Settings()
    settings.shape = .lines(lines)
    settings.devices = 1_000
    settings.seconds = lines > 1 ? 200 : 20
    settings.base = Clock.realtimeNanos() / Nanos.perSecond - 6 * 3_600
    var traffic = PrebuiltTraffic(settings)
    var sender = try PrebuiltSender(
      target: SocketAddress.resolving(target), transport: .line, sources: 4, usesSegmentation: false)
    let bounds = PrebuiltSender.Bounds(rate: rate > 0 ? rate : nil, durationNanos: Int64(seconds * 1e9))
    let report = try sender.send(&traffic, bounds: bounds)
    print(
      "{\"datagrams\":\(report.datagrams),\"rows\":\(report.rows),\"readings\":\(report.readings),"
        + "\"elapsed\":\(Double(report.elapsedNanos) / 1e9),\"cpu\":\(Double(report.cpuNanos) / 1e9)}")
  }

  private static func receive(on address: String, seconds: Double) throws {
    guard let bound = SocketAddress(address) else { return }
    var options = UDPSocketOptions(address: bound)
    options.receiveBufferBytes = 64 << 20
    options.countsDrops = true
    let socket = try UDPSocket.open(options)
    var slab = ReceiveSlab()
    var datagrams = 0
    let end = Clock.monotonicNanos() + Int64(seconds * 1e9)
    let cpu = Clock.threadCPUNanos()
    while Clock.monotonicNanos() < end {
      let filled = slab.receive(from: socket)
      if filled > 0 { datagrams += filled } else { _ = socket.waitReadable(timeoutNanos: 10 * Nanos.perMillisecond) }
    }
    print(
      "{\"datagrams\":\(datagrams),\"cpu\":\(Double(Clock.threadCPUNanos() - cpu) / 1e9),"
        + "\"dropped\":\(socket.kernelDropCount() ?? 0)}")
  }
}
