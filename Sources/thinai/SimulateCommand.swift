import ArgumentParser
import Node
import Fleet
import Foundation
import Primitives
import Registry
import Text

struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Sends what a fleet of devices would, or a real series from a CSV file.")

  @Option(help: "Line protocol goes to HOST:PORT; also the target of a series.") var target: String?
  @Option(help: "Line protocol goes to HOST:PORT.") var line: String?
  @Option(help: "SenML-CBOR over CoAP goes to HOST:PORT.") var coap: String?
  @Option(help: "Syslog goes to HOST:PORT.") var syslog: String?
  @Option(help: "How many devices.") var devices = 1_000
  @Option(help: "A registry file whose devices are simulated instead.") var registry: String?
  @Option(help: "The same seed and start send the same bytes.") var seed: UInt64 = 1
  @Option(help: "Datagrams a second; without it each device reports by its interval.") var rate: Int?
  @Flag(help: "As fast as it goes.") var flood = false
  @Option(help: "Ends after so many seconds.") var seconds: Double?
  @Option(help: "Ends after so many datagrams.") var count: Int?
  @Option(help: "Lines in a datagram.") var lines: Int?
  @Option(help: "Rows in a SenML pack.") var rows = 1
  @Option(help: "Seconds between the rows of one device.") var interval: Double?
  @Option(help: "The first row's time, RFC 3339 or seconds since 1970.") var start: String?
  @Option(help: "Times stray by up to so many milliseconds.") var jitterMs: Int64 = 0
  @Option(help: "Share of rows sent late.") var late = 0.0
  @Option(help: "Share of rows sent twice.") var double = 0.0
  @Option(help: "Source ports.") var sources = 1
  @Option(help: "CoAP requests that ask for an answer: none, some or all.") var confirmable = "some"
  @Option(help: "A CSV file to stream.") var series: String?
  @Option(help: "The series' time column, or several joined by commas: year,month,day,hour.") var time: String?
  @Option(help: "The series' device.") var device: String?
  @Option(help: "The series' measurement.") var measurement: String?
  @Option(help: "The column that names the series' device.") var deviceColumn: String?
  @Option(help: "Columns to send, joined by commas; all by default.") var columns: String?
  @Option(help: "The zone of the series' times, such as +07:00.") var utcOffset: String?
  @Option(help: "Text columns of the series: field or skip.") var text = "field"
  @Option(help: "Writes what was sent, as JSON, to this file; - for standard output.") var tally: String?

  func run() throws {
    var options = SimulationOptions(targets: try targets(), devices: try fleet())
    options.rate = rate
    options.flood = flood
    options.durationNanos = try seconds.map { try nanos($0, "seconds") }
    options.datagramLimit = count
    options.intervalNanos = try interval.map { try nanos($0, "interval") }
    options.start = try start.map(Self.instant)
    options.fleet.seed = seed
    options.fleet.jitterMillis = jitterMs
    options.fleet.lateShare = late
    options.fleet.doubleShare = double
    options.fleet.linesPerDatagram = lines ?? 1
    options.fleet.rowsPerPack = rows
    options.fleet.sources = sources
    guard let choice = FleetSettings.Confirmable(rawValue: confirmable) else {
      throw CommandFailure.misuse("cannot use --confirmable \(confirmable): it is none of none, some, all")
    }
    options.fleet.confirmable = choice
    options.series = try seriesOptions()
    do {
      let sent = try runSimulation(options) { progress in
        Terminal.say(
          "\(progress.elapsedNanos / Nanos.perSecond) s: \(progress.sent.datagrams) datagrams, "
            + "\(progress.sent.readings) readings, \(progress.sent.events) events")
        return true
      }
      let total = sent.total
      Terminal.say(
        "sent \(total.datagrams) datagrams, \(total.rows) rows, \(total.readings) readings, \(total.events) events")
      try write(sent)
    } catch let error as FleetError {
      throw CommandFailure.failed("\(error)")
    }
  }

  private func nanos(_ seconds: Double, _ option: String) throws -> Int64 {
    guard seconds > 0, seconds < 1e9 else {
      throw CommandFailure.misuse("cannot use --\(option) \(seconds): it is no length of time that can be used")
    }
    return Int64((seconds * 1e3).rounded()) * Nanos.perMillisecond
  }

  private func targets() throws -> [SimulationTarget] {
    let given: [(FleetTransport, String?)] = [(.line, line ?? target), (.coap, coap), (.syslog, syslog)]
    let targets = try given.compactMap { transport, text in
      try text.map { try SimulationTarget(transport: transport, resolving: $0) }
    }
    if targets.isEmpty {
      throw CommandFailure.misuse(
        "cannot simulate: no target is given (--target, --line, --coap or --syslog HOST:PORT)")
    }
    return targets
  }

  private func fleet() throws -> [FleetDevice] {
    guard let registry else { return FleetDevice.fleet(count: devices) }
    let known = try DeviceRegistry.load(devicesPath: registry, areasPath: nil)
    return FleetDevice.fleet(of: known, atMost: devices)
  }

  private func seriesOptions() throws -> SeriesOptions? {
    guard let series else { return nil }
    guard let time, device != nil || deviceColumn != nil else {
      throw CommandFailure.misuse("cannot play series \(series): --time and --device (or --device-column) are missing")
    }
    var options = SeriesOptions(
      path: series, timeColumns: time.split(separator: ",").map(String.init), device: device ?? "")
    options.measurement = measurement ?? options.measurement
    options.deviceColumn = deviceColumn
    options.columns = columns.map { $0.split(separator: ",").map(String.init) }
    options.linesPerDatagram = lines ?? options.linesPerDatagram
    guard let text = SeriesOptions.Text(rawValue: text) else {
      throw CommandFailure.misuse("cannot use --text \(text): it is neither field nor skip")
    }
    options.text = text
    if let utcOffset {
      guard let offset = SeriesOptions.utcOffset(utcOffset) else {
        throw CommandFailure.misuse("cannot use --utc-offset \(utcOffset): it is no offset such as +07:00")
      }
      options.utcOffsetSeconds = offset
    }
    return options
  }

  private func write(_ sent: FleetTally) throws {
    guard let tally else { return }
    let text = sent.json(stepsNanos: [Nanos.perMinute, Nanos.perHour], byGroup: true) + "\n"
    if tally == "-" {
      Terminal.write(Array(text.utf8))
      return
    }
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: tally))
    } catch {
      throw CommandFailure.failed("cannot write tally \(tally): \(error.localizedDescription)")
    }
  }

  /// RFC 3339 or seconds since 1970.
  private static func instant(_ text: String) throws -> UnixNanos {
    if let seconds = Int64(text) { return seconds * Nanos.perSecond }
    if let time = RFC3339.parse(text) { return time }
    throw CommandFailure.misuse("cannot use --start \(text): it is no time such as 2026-11-20T00:00:00Z")
  }
}

extension FleetDevice {
  /// The registry's devices, as far as their class is one that is simulated.
  static func fleet(of registry: DeviceRegistry, atMost count: Int) -> [FleetDevice] {
    registry.devices.prefix(count).compactMap { device in
      Class(rawValue: "\(device.deviceClass)").map { FleetDevice(id: device.id, deviceClass: $0, area: device.area) }
    }
  }
}
