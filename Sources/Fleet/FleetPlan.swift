import Primitives

/// The endless sequence of datagrams of a simulated fleet: pure, and decided by devices, settings and seed alone.
///
/// Round by round each device makes one row of its measurement, one interval after its last. Rows wait in queues
/// until a datagram's worth is there: one queue per source port for line protocol, one per device for CoAP.
public struct FleetPlan: ~Copyable, Sendable {
  /// No datagram is larger: what IPv4 can carry.
  public static let datagramBytes = 65_507

  private enum Route: Sendable {
    case events
    case line(queue: Int)
    case pack(queue: Int, isConfirmable: Bool)
  }

  /// What a device needs to be sent, made once.
  struct Sender: Sendable {
    let id: String
    let measurement: FleetMeasurement
    let lineHead: [UInt8]
    let baseName: [UInt8]
    let group: Int
    let source: Int
    let isConfirmable: Bool
  }

  let settings: FleetSettings
  let senders: [Sender]
  let path: [[UInt8]]
  /// `FleetTally` numbers of each measurement's fields.
  let tallyFields: [[Int]]
  private let routes: [Route]
  private let eventShares: [Double]
  private var walks: [FleetWalk]
  private var accidents: [FleetRandom]
  private var eventNumbers: [Int]
  private var queues: [[FleetRow]]
  /// Queues that hold a datagram's worth, oldest first, from `readyHead` on.
  private var ready: [Int] = []
  private var readyHead = 0
  private var doubles: [FleetRow] = []
  private var late: [(round: Int, row: FleetRow)] = []
  private var pendingEvent: (device: Int, time: UnixNanos)?
  private var cursor = 0
  private var round = 0
  /// CoAP messages by source, in all.
  var messages: [Int]
  /// What was written.
  public internal(set) var tally: FleetTally

  /// - Throws: `FleetError` if a setting is out of bounds or a name cannot be sent.
  public init(devices: [FleetDevice], settings: FleetSettings, grouping: FleetTally.Grouping = .device) throws {
    try settings.check(devices: devices)
    var tally = FleetTally(grouping: grouping)
    let tallyFields = FleetMeasurement.allCases.map { measurement in
      measurement.fields.map { tally.field($0.name, of: measurement.name) }
    }
    var senders: [Sender] = []
    var routes: [Route] = []
    var ordinals: [FleetDevice.Class: Int] = [:]
    for (index, device) in devices.enumerated() {
      let ordinal = ordinals[device.deviceClass, default: 0]
      ordinals[device.deviceClass] = ordinal + 1
      let sender = try Self.sender(device, index: index, ordinal: ordinal, settings: settings, tally: &tally)
      senders.append(sender)
      routes.append(Self.route(sender, device: device, index: index, ordinal: ordinal, settings: settings))
    }
    self.settings = settings
    self.path = settings.path.split(separator: "/").map { Array($0.utf8) }
    self.tallyFields = tallyFields
    self.senders = senders
    self.routes = routes
    let onlyEvents = settings.transports == [.syslog]
    eventShares = devices.map { device in
      if !settings.transports.contains(.syslog) { return 0 }
      return onlyEvents ? 1 : (device.deviceClass == .camera ? settings.eventShare : 0)
    }
    walks = senders.indices.map { FleetWalk(measurement: senders[$0].measurement, seed: settings.seed, device: $0) }
    // Chance that changes no value has a stream of its own, so that values do not depend on the shares.
    accidents = senders.indices.map { FleetRandom(seed: ~settings.seed, stream: UInt64($0)) }
    eventNumbers = [Int](repeating: 0, count: senders.count)
    queues = [[FleetRow]](repeating: [], count: settings.sources + devices.count)
    messages = [Int](repeating: 0, count: settings.sources)
    self.tally = tally
  }

  private static func sender(
    _ device: FleetDevice, index: Int, ordinal: Int, settings: FleetSettings, tally: inout FleetTally
  ) throws -> Sender {
    let measurement = FleetMeasurement.of(device, ordinalInClass: ordinal)
    let tags = [(key: settings.deviceTag, value: device.id)]
    guard let head = LineEncoder.head(measurement: measurement.name, tags: tags) else {
      throw FleetError("cannot simulate device \(device.id): line protocol cannot say this name")
    }
    if device.id.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) && settings.transports.contains(.syslog) {
      throw FleetError("cannot simulate device \(device.id): syslog cannot say this host name")
    }
    if settings.transports.contains(.coap) && !Self.isSenMLName(device.id) {
      throw FleetError("cannot simulate device \(device.id): SenML cannot say this name")
    }
    let prefix = device.id.hasPrefix("urn:") ? "" : settings.baseNamePrefix
    return Sender(
      id: device.id, measurement: measurement, lineHead: head,
      baseName: Array("\(prefix)\(device.id)\(settings.baseNameSuffix)".utf8),
      group: tally.group(device: device.id, area: device.area), source: index % settings.sources,
      isConfirmable: settings.confirmable == .all || (settings.confirmable == .some && ordinal % 2 == 1))
  }

  /// RFC 8428 section 4.5.1: letters, digits and `- : . / _`, a letter or digit first.
  private static func isSenMLName(_ name: String) -> Bool {
    func isAlphanumeric(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...122).contains(byte | 0x20) }
    guard let first = name.utf8.first, isAlphanumeric(first) else { return false }
    return name.utf8.allSatisfy { isAlphanumeric($0) || "-:./_".utf8.contains($0) }
  }

  private static func route(
    _ sender: Sender, device: FleetDevice, index: Int, ordinal: Int, settings: FleetSettings
  ) -> Route {
    let hasLine = settings.transports.contains(.line)
    guard settings.transports.contains(.coap) else { return hasLine ? .line(queue: sender.source) : .events }
    if hasLine && (device.deviceClass != .sensor || ordinal % 4 == 3) { return .line(queue: sender.source) }
    return .pack(queue: settings.sources + index, isConfirmable: sender.isConfirmable)
  }

  /// Appends the next datagram to `buffer`, closed, and counts it in `tally`.
  ///
  /// The buffer must have room for one more datagram of `datagramBytes`.
  public mutating func next(into buffer: inout DatagramBuffer) -> FleetDatagram {
    while true {
      if let event = pendingEvent {
        pendingEvent = nil
        return writeEvent(device: event.device, time: event.time, to: &buffer)
      }
      if let datagram = writeReady(to: &buffer) { return datagram }
      advance()
    }
  }

  /// As `next`, for what is still queued: late and doubled rows and datagrams that are not full. Nil when all is out.
  public mutating func flush(into buffer: inout DatagramBuffer) -> FleetDatagram? {
    if let event = pendingEvent {
      pendingEvent = nil
      return writeEvent(device: event.device, time: event.time, to: &buffer)
    }
    release(lateUpTo: Int.max)
    if let datagram = writeReady(to: &buffer) { return datagram }
    guard let queue = queues.firstIndex(where: { !$0.isEmpty }) else { return nil }
    return write(queue: queue, rows: queues[queue].count, to: &buffer)
  }

  /// How many datagrams one row of every device makes, on average.
  public var datagramsPerRound: Double {
    let events = eventShares.reduce(0, +)
    let doubled = 1 + settings.doubleShare
    return routes.reduce(events) { sum, route in
      switch route {
      case .events: sum
      case .line: sum + doubled / Double(settings.linesPerDatagram)
      case .pack: sum + doubled / Double(settings.rowsPerPack)
      }
    }
  }

  /// One device's turn.
  private mutating func advance() {
    if cursor == senders.count {
      cursor = 0
      round += 1
      release(lateUpTo: round)
    }
    let device = cursor
    cursor += 1
    let jitter = settings.jitterMillis == 0 ? 0 : accidents[device].below(settings.jitterMillis + 1)
    let regular = settings.start - settings.start % Nanos.perMillisecond + Int64(round) * settings.intervalNanos
    let time = regular + jitter * Nanos.perMillisecond
    if eventShares[device] > 0, accidents[device].happens(eventShares[device]) { pendingEvent = (device, time) }
    if case .events = routes[device] { return }
    let values = walks[device].advance(seconds: max(1, settings.intervalNanos / Nanos.perSecond))
    var row = FleetRow(
      device: Int32(device), measurement: senders[device].measurement, time: time, values: values)
    if settings.lateShare > 0, accidents[device].happens(settings.lateShare) {
      row.isLate = true
      late.append((round + settings.lateRounds, row))
      return
    }
    enqueue(row)
    if settings.doubleShare > 0, accidents[device].happens(settings.doubleShare) {
      row.isDouble = true
      doubles.append(row)
    }
  }

  private mutating func release(lateUpTo due: Int) {
    for row in doubles { enqueue(row) }
    doubles.removeAll(keepingCapacity: true)
    // Rows become late in the order of their rounds, so those that are due stand first.
    let count = late.prefix { $0.round <= due }.count
    for entry in late.prefix(count) { enqueue(entry.row) }
    late.removeFirst(count)
  }

  private mutating func enqueue(_ row: FleetRow) {
    let (queue, full) =
      switch routes[Int(row.device)] {
      case .line(let queue): (queue, settings.linesPerDatagram)
      case .pack(let queue, _): (queue, settings.rowsPerPack)
      case .events: preconditionFailure("BUG: a row of a device that sends events only")
      }
    queues[queue].append(row)
    if queues[queue].count % full == 0 { ready.append(queue) }
  }

  private mutating func writeReady(to buffer: inout DatagramBuffer) -> FleetDatagram? {
    if readyHead == ready.count {
      ready.removeAll(keepingCapacity: true)
      readyHead = 0
      return nil
    }
    let queue = ready[readyHead]
    readyHead += 1
    let isLine = queue < settings.sources
    return write(queue: queue, rows: isLine ? settings.linesPerDatagram : settings.rowsPerPack, to: &buffer)
  }

  private mutating func write(queue: Int, rows count: Int, to buffer: inout DatagramBuffer) -> FleetDatagram {
    var rows = Array(queues[queue].prefix(count))
    // A pack says a field of an instant once: a doubled row waits for the next pack.
    if queue >= settings.sources {
      for index in rows.indices where rows[..<index].contains(where: { $0.time == rows[index].time }) {
        rows.removeSubrange(index...)
        break
      }
    }
    queues[queue].removeFirst(rows.count)
    return queue < settings.sources
      ? writeLines(rows, source: queue, to: &buffer) : writePack(rows, to: &buffer)
  }

  private mutating func writeEvent(device: Int, time: UnixNanos, to buffer: inout DatagramBuffer) -> FleetDatagram {
    let number = eventNumbers[device]
    eventNumbers[device] += 1
    let severity = FleetEvent.append(
      host: senders[device].id, number: number, time: time, utcOffsetSeconds: settings.utcOffsetSeconds,
      random: &accidents[device], to: &buffer)
    tally.eventsBySeverity[Int(severity)] += 1
    return finish(
      FleetDatagram(transport: .syslog, source: senders[device].source, events: 1), &buffer)
  }
}
