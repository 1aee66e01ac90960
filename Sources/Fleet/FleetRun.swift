import Primitives
import Sys

/// Sends what `options` say and tells what was sent.
///
/// - Parameter progress: called about once a second; `false` ends the run as if its time were over.
/// - Throws: `FleetError` if an option is out of bounds, a file cannot be read or the network refuses.
public func runSimulation(
  _ options: SimulationOptions, progress: (SimulationProgress) -> Bool = { _ in true }
) throws -> FleetTally {
  if let rate = options.rate, !(1...100_000_000).contains(rate) {
    throw FleetError("cannot simulate a rate of \(rate) datagrams/s: it is not between 1 and 100000000")
  }
  if let series = options.series {
    guard options.targets.contains(where: { $0.transport == .line }) else {
      throw FleetError("cannot play series \(series.path): no target of line protocol is given")
    }
    var player = try SeriesPlayer(series, grouping: options.grouping)
    var run = try FleetRun(options, rate: options.flood ? nil : options.rate ?? 1_000)
    return try run.send(&player, progress: progress)
  }
  var settings = options.fleet
  settings.transports = Set(options.targets.map(\.transport))
  let isPaced = options.rate != nil && !options.flood
  settings.intervalNanos = options.intervalNanos ?? Nanos.perSecond
  let now = Clock.realtimeNanos()
  // Whole seconds: a fleet without jitter reports on the second, as such devices do.
  let wholeSeconds = now - now % Nanos.perSecond
  settings.start = options.start ?? (options.flood ? wholeSeconds - Nanos.perDay : wholeSeconds)
  var plan = try FleetPlan(devices: options.devices, settings: settings, grouping: options.grouping)
  if isPaced, let rate = options.rate, options.intervalNanos == nil {
    // Rounded down, so that device time stays behind the clock rather than ahead of it.
    let millis = Int64(plan.datagramsPerRound * 1_000 / Double(rate))
    settings.intervalNanos = max(1, millis) * Nanos.perMillisecond
    settings.jitterMillis = min(settings.jitterMillis, max(0, millis - 1))
    plan = try FleetPlan(devices: options.devices, settings: settings, grouping: options.grouping)
  }
  let realTimeRate = plan.datagramsPerRound * Double(Nanos.perSecond) / Double(settings.intervalNanos)
  let rate = options.flood ? nil : options.rate ?? min(100_000_000, max(1, Int(realTimeRate)))
  var run = try FleetRun(options, rate: rate)
  return try run.send(&plan, progress: progress)
}

/// One run's loop: asks the pacer how many datagrams may go, lets the source write them, sends them, reads answers.
struct FleetRun: ~Copyable {
  /// Datagrams written before they are sent.
  private static let datagramsPerTurn = 64

  private let options: SimulationOptions
  private let rate: Int?
  private var sender: FleetSender
  private var buffer = DatagramBuffer(byteCount: 4 * FleetPlan.datagramBytes, datagrams: FleetRun.datagramsPerTurn)
  private var datagrams: [FleetDatagram] = []
  private var written = 0

  init(_ options: SimulationOptions, rate: Int?) throws {
    self.options = options
    self.rate = rate
    sender = try FleetSender(targets: options.targets, seed: options.fleet.seed)
  }

  mutating func send<Source: DatagramSource & ~Copyable>(
    _ source: inout Source, progress: (SimulationProgress) -> Bool
  ) throws -> FleetTally {
    let start = Clock.monotonicNanos()
    // What a hundredth of a second brings may go at once; a longer pause is not made up for.
    var pacer = DatagramPacer(rate: rate, burst: max(1, min(100_000, (rate ?? 1) / 100)), nowNanos: start)
    var reported = start
    var isAtEnd = false
    while !isAtEnd {
      let now = Clock.monotonicNanos()
      if let duration = options.durationNanos, now - start >= duration { break }
      if now - reported >= Nanos.perSecond {
        reported = now
        if !progress(SimulationProgress(elapsedNanos: now - start, sent: source.tally.total)) { break }
      }
      var allowed = min(pacer.granted(nowNanos: now), Self.datagramsPerTurn)
      if let limit = options.datagramLimit {
        if written >= limit { break }
        allowed = min(allowed, limit - written)
      }
      try sender.settle(into: &source.tally, nowNanos: now)
      if sender.waiting >= options.exchangesInFlight {
        Clock.sleep(nanos: Nanos.perMillisecond)
        continue
      }
      if allowed == 0 {
        Clock.sleep(nanos: min(max(pacer.waitNanos, 200 * Nanos.perMicrosecond), 100 * Nanos.perMillisecond))
        continue
      }
      while datagrams.count < allowed, buffer.room >= FleetPlan.datagramBytes {
        guard let datagram = try source.next(into: &buffer) else {
          isAtEnd = true
          break
        }
        datagrams.append(datagram)
      }
      pacer.take(datagrams.count)
      try sendWritten(nowNanos: now)
    }
    try finish(&source, pacer: &pacer)
    _ = progress(SimulationProgress(elapsedNanos: Clock.monotonicNanos() - start, sent: source.tally.total))
    return source.tally
  }

  /// What was held back goes out at the same pace, unless the number of datagrams is limited; then CoAP answers are
  /// waited for.
  private mutating func finish<Source: DatagramSource & ~Copyable>(
    _ source: inout Source, pacer: inout DatagramPacer
  ) throws {
    while options.datagramLimit == nil {
      let now = Clock.monotonicNanos()
      if pacer.granted(nowNanos: now) == 0 {
        Clock.sleep(nanos: pacer.waitNanos)
        continue
      }
      guard let datagram = try source.rest(into: &buffer) else { break }
      datagrams.append(datagram)
      pacer.take(1)
      try sendWritten(nowNanos: now)
    }
    let end = Clock.monotonicNanos() + options.acknowledgeNanos
    while true {
      let now = Clock.monotonicNanos()
      try sender.settle(into: &source.tally, nowNanos: now)
      if sender.waiting == 0 || now >= end { break }
      Clock.sleep(nanos: Nanos.perMillisecond)
    }
    sender.finish(into: &source.tally)
  }

  private mutating func sendWritten(nowNanos: Int64) throws {
    try sender.send(buffer, datagrams, nowNanos: nowNanos)
    written += datagrams.count
    buffer.removeAll()
    datagrams.removeAll(keepingCapacity: true)
  }
}
