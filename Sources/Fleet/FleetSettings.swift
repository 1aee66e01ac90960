public import Primitives

/// What a fleet sends and how; together with the devices and the seed this decides every byte.
public struct FleetSettings: Sendable {
  /// Which CoAP senders ask for acknowledgement.
  public enum Confirmable: String, Sendable, CaseIterable {
    case none
    /// Every other one.
    case some
    case all
  }

  /// The same seed gives the same bytes.
  public var seed: UInt64 = 1
  /// The protocols that there are targets for. Sensors prefer CoAP, one in four uses line protocol where it can;
  /// where only one protocol is given, every device uses that.
  public var transports: Set<FleetTransport> = [.line]
  /// The device time of the first rows; cut to whole milliseconds.
  public var start: UnixNanos = 0
  /// Device time between two rows of a device; whole milliseconds, at least one.
  public var intervalNanos: Int64 = Nanos.perSecond
  /// Each row's time is later than its regular time by a random 0…this, less than the interval.
  public var jitterMillis: Int64 = 0
  /// The share of rows that is sent `lateRounds` intervals after its turn.
  public var lateShare: Double = 0
  /// How many intervals late those rows are.
  public var lateRounds: Int = 30
  /// The share of rows that is sent twice.
  public var doubleShare: Double = 0
  /// The share of rows of cameras that come with a syslog message, where there is a target for it.
  public var eventShare: Double = 0.05
  /// Which CoAP devices send CON, the others NON.
  public var confirmable: Confirmable = .some
  /// Lines in one datagram.
  public var linesPerDatagram: Int = 1
  /// Rows of one device in one SenML pack.
  public var rowsPerPack: Int = 1
  /// Source ports per protocol; a device keeps to one of them.
  public var sources: Int = 1
  /// The tag that carries the device's id in line protocol.
  public var deviceTag: String = "device"
  /// What stands before a device's id in a SenML base name, unless the id begins with `urn:`.
  public var baseNamePrefix: String = ""
  /// What stands after it.
  public var baseNameSuffix: String = "/"
  /// The CoAP path before the measurement.
  public var path: String = "telemetry"
  /// The zone of RFC 3164 times, which say none.
  public var utcOffsetSeconds: Int = 7 * 3_600

  /// Line protocol, one line a datagram, one row a second and device, nothing late or doubled.
  public init() {}

  /// The bounds; a fleet within them never makes a datagram that UDP cannot carry.
  func check(devices: [FleetDevice]) throws {
    func fail(_ thing: String, _ cause: String) -> FleetError { FleetError("cannot simulate \(thing): \(cause)") }
    if devices.isEmpty { throw fail("a fleet of 0 devices", "there is nothing to send") }
    if transports.isEmpty { throw fail("a fleet", "no target is given") }
    if intervalNanos < Nanos.perMillisecond || intervalNanos % Nanos.perMillisecond != 0 {
      throw fail("an interval of \(intervalNanos) ns", "it is not whole milliseconds")
    }
    if jitterMillis < 0 || jitterMillis * Nanos.perMillisecond >= intervalNanos {
      throw fail("a jitter of \(jitterMillis) ms", "it must be less than the interval")
    }
    for share in [lateShare, doubleShare, eventShare] where !(0...1).contains(share) {
      throw fail("a share of \(share)", "it is not between 0 and 1")
    }
    if lateRounds < 1 { throw fail("rows \(lateRounds) intervals late", "it must be at least 1") }
    if !(1...1_000).contains(sources) { throw fail("\(sources) source ports", "it is not between 1 and 1000") }
    let longest = devices.reduce(0) { max($0, $1.id.utf8.count) }
    let lineBytes = 2 * (longest + deviceTag.utf8.count) + 192
    if linesPerDatagram < 1 || linesPerDatagram * lineBytes > FleetPlan.datagramBytes {
      throw fail(
        "\(linesPerDatagram) lines a datagram", "it is not between 1 and \(FleetPlan.datagramBytes / lineBytes)")
    }
    let packBytes = longest + baseNamePrefix.utf8.count + baseNameSuffix.utf8.count + path.utf8.count + 64
    if rowsPerPack < 1 || packBytes + rowsPerPack * 192 > FleetPlan.datagramBytes {
      throw fail(
        "\(rowsPerPack) rows a pack", "it is not between 1 and \((FleetPlan.datagramBytes - packBytes) / 192)")
    }
    if path.split(separator: "/").contains(where: { $0.utf8.count > 255 }) {
      throw fail("the CoAP path \(path)", "a segment is longer than 255 bytes")
    }
  }
}
