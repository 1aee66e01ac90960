import Fleet
import Primitives
import Protocols
import Telemetry

/// The whole of `LanePipeline.take`: decoding, looking up series and layout, and appending to the batch.
enum PipelineSuite {
  static func run(_ harness: inout Harness) {
    for (devices, name) in [(1_000, "1 thousand"), (100_000, "100 thousand")] {
      lines(&harness, "take, 18 lines a datagram, \(name) series", lines: 18, devices: devices, isShuffled: false)
      // The datagrams of a fleet come in no order: here each look-up starts with cold caches if the series are many.
      lines(&harness, "take, 1 line a datagram, shuffled, \(name) series", lines: 1, devices: devices, isShuffled: true)
    }
    packs(&harness)
    events(&harness)
  }

  private static func lines(_ harness: inout Harness, _ what: String, lines: Int, devices: Int, isShuffled: Bool) {
    var settings = PrebuiltTraffic.Settings()
    settings.shape = .lines(lines)
    settings.devices = devices
    settings.seconds = max(1, 10_000 / devices)
    let traffic = PrebuiltTraffic(settings)
    var order = Array(0..<traffic.count)
    if isShuffled { shuffle(&order) }
    var pass = LanePass(.line)
    var arrivalNanos = (traffic.base + Int64(settings.seconds)) * Nanos.perSecond
    harness.measure(what, per: "reading", promise: .noAllocation) { watch in
      let before = pass.readings
      watch.start()
      for index in order {
        pass.take(traffic.datagrams.span(index), arrivalNanos: arrivalNanos)
        arrivalNanos += 1
      }
      watch.stop()
      pass.beginAgain()
      let readings = Int(pass.readings - before)
      precondition(readings == traffic.readings, "BUG: \(readings) readings of \(traffic.readings)")
      return readings
    }
    precondition(!harness.wasMeasured || pass.seriesCount == devices, "BUG: \(pass.seriesCount) series of \(devices)")
    harness.restate(per: "datagram", factor: Double(traffic.readings) / Double(traffic.count))
  }

  /// Message ids and times move on from pass to pass, else the messages would be repetitions.
  private static func packs(_ harness: inout Harness) {
    var traffic = DecoderSuite.packs()
    var pass = LanePass(.coap)
    // A pass is 18 s on; an exchange is remembered for 247 s (RFC 7252 section 4.8.2).
    harness.measure(
      "take, CoAP with SenML-CBOR of 18 rows", per: "reading", promise: .noAllocation, warmUpPasses: 30
    ) { watch in
      traffic.advance()
      let before = pass.readings
      var arrivalNanos = (traffic.base + 18) * Nanos.perSecond
      watch.start()
      for index in 0..<traffic.count {
        pass.take(traffic.datagrams.span(index), arrivalNanos: arrivalNanos)
        arrivalNanos += 1
      }
      watch.stop()
      pass.beginAgain()
      let readings = Int(pass.readings - before)
      precondition(readings == traffic.readings, "BUG: \(readings) readings of \(traffic.readings)")
      return readings
    }
    harness.restate(per: "datagram", factor: Double(traffic.readings) / Double(traffic.count))
  }

  private static func events(_ harness: inout Harness) {
    let messages = SampleMessages.modernSyslog(500)
    var pass = LanePass(.syslog)
    var arrivalNanos = (SampleMessages.base + 600) * Nanos.perSecond
    harness.measure("take, syslog RFC 5424", per: "message", promise: .noAllocation) { watch in
      let before = pass.taken
      watch.start()
      for index in 0..<messages.count {
        pass.take(messages.span(index), arrivalNanos: arrivalNanos)
        arrivalNanos += 1
      }
      watch.stop()
      pass.beginAgain()
      return Int(pass.taken - before)
    }
  }

  /// Fisher and Yates, from a seed.
  private static func shuffle(_ order: inout [Int]) {
    var random = FleetRandom(seed: 42, stream: 0)
    for index in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(index, Int(random.below(Int64(index + 1))))
    }
  }
}
