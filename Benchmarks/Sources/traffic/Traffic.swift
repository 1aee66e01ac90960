import Fleet
import Primitives
import Sys

/// What the benchmarks send, and the bare loop that they are measured against.
///
///     traffic send HOST:PORT [--lines N | --pack ROWS | --message | --flows RECORDS] [--fields N] [--devices N]
///                  [--pass SECONDS] [--rate N] [--seconds N] [--sources N] [--segments] [--unanswered]
///     traffic streams HOST:PORT [--streams N] [--bytes N] [--rate N] [--seconds N]
///     traffic receive PORT --seconds N [--rest MILLISECONDS] [--offload]
///
/// `send` without a rate is as fast as it goes; `--segments` has the kernel cut datagrams that are padded to one length.
/// `receive` is recvmmsg and discard, on 127.0.0.1; with `--rest` it lets the socket fill that long after it was empty,
/// as ThiNai's lanes do; with `--offload` it takes datagrams glued together (UDP_GRO). Each prints one JSON object.
@main
enum Traffic {
  static func main() throws {
    var arguments = Arguments(CommandLine.arguments.dropFirst())
    switch arguments.next() {
    case "send": try send(arguments)
    case "streams": try StreamSender.run(arguments)
    case "receive": try receive(arguments)
    default:
      print("usage: traffic send HOST:PORT … | traffic streams HOST:PORT … | traffic receive PORT …; see Traffic.swift")
    }
  }

  private static func send(_ arguments: consuming Arguments) throws {
    var arguments = arguments
    let target = try SocketAddress.resolving(arguments.next())
    var settings = PrebuiltTraffic.Settings()
    settings.base = Clock.realtimeNanos() / Nanos.perSecond - 6 * 3_600
    settings.seconds = 20
    var transport: FleetTransport? = .line
    var bounds = PrebuiltSender.Bounds(rate: nil, durationNanos: Nanos.perSecond)
    var sources = 4
    while let option = arguments.option() {
      switch option {
      case "--lines": settings.shape = .lines(try arguments.number())
      case "--pack":
        settings.shape = .pack(rows: try arguments.number())
        transport = .coap
      case "--message":
        settings.shape = .message
        transport = nil
      case "--flows":
        settings.shape = .flows(records: try arguments.number())
        transport = nil
      case "--fields": settings.fields = try arguments.number()
      case "--devices": settings.devices = try arguments.number()
      case "--pass": settings.seconds = try arguments.number()
      case "--rate": bounds.rate = try arguments.number()
      case "--seconds": bounds.durationNanos = try arguments.nanos()
      case "--sources": sources = try arguments.number()
      case "--unanswered": settings.wantsAnswers = false
      case "--segments": settings.isPadded = true
      default: throw UsageError(text: "cannot use the option \(option): there is none of that name")
      }
    }
    var traffic = PrebuiltTraffic(settings)
    var sender = try PrebuiltSender(
      target: target, transport: transport, sources: sources, usesSegmentation: settings.isPadded)
    let report = try sender.send(&traffic, bounds: bounds)
    print(
      "{\"datagrams\":\(report.datagrams),\"rows\":\(report.rows),\"readings\":\(report.readings),"
        + "\"bytes\":\(report.bytes),\"elapsed\":\(seconds(report.elapsedNanos)),\"cpu\":\(seconds(report.cpuNanos))}")
  }

  private static func receive(_ arguments: consuming Arguments) throws {
    var arguments = arguments
    guard let address = SocketAddress("127.0.0.1:" + arguments.next()) else {
      throw UsageError(text: "cannot receive: there is no such port")
    }
    var durationNanos = Nanos.perSecond
    var restNanos: Int64 = 0
    var options = UDPSocketOptions(address: address)
    while let option = arguments.option() {
      switch option {
      case "--seconds": durationNanos = try arguments.nanos()
      case "--offload": options.receiveOffload = true
      case "--rest": restNanos = Int64(try arguments.number()) * Nanos.perMillisecond
      default: throw UsageError(text: "cannot use the option \(option): there is none of that name")
      }
    }
    options.receiveBufferBytes = 64 << 20
    options.countsDrops = true
    let socket = try UDPSocket.open(options)
    var slab = ReceiveSlab()
    var datagrams = 0
    let end = Clock.monotonicNanos() + durationNanos
    let cpu = Clock.threadCPUNanos()
    while Clock.monotonicNanos() < end {
      let filled = slab.receive(from: socket)
      for slot in 0..<max(0, filled) { datagrams += slab.segmentCount(slot) }
      if filled > 0 && (filled == slab.slots || restNanos == 0) { continue }
      if filled > 0 {
        Clock.sleep(nanos: restNanos)
      } else {
        _ = socket.waitReadable(timeoutNanos: 10 * Nanos.perMillisecond)
      }
    }
    print(
      "{\"datagrams\":\(datagrams),\"cpu\":\(seconds(Clock.threadCPUNanos() - cpu)),"
        + "\"dropped\":\(socket.kernelDropCount() ?? 0)}")
  }

  private static func seconds(_ nanos: Int64) -> Double { Double(nanos) / 1e9 }
}
