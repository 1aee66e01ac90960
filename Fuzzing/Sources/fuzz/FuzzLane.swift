import Primitives
import Protocols
import Registry
import Sys
import Telemetry

/// A lane without sockets, whose account has to balance after every datagram. libFuzzer calls from one thread.
final class FuzzLane: @unchecked Sendable {
  static let shared = FuzzLane()

  private var pipeline: LanePipeline
  private let batch: Batch
  private let kinds = TelemetryProtocol.allCases
  private var nanos = UnixNanos(1_795_186_800) * Nanos.perSecond
  private var rounds = 0

  init() {
    let users = [
      SNMPUser(name: "md5", authentication: (.md5, "first-secret")),
      SNMPUser(
        name: "sha1aes", authentication: (.sha1, "first-secret"),
        privacy: SNMPPrivacy(name: "AES-128").map { ($0, "second-secret") }),
    ]
    let listeners = kinds.map { kind in
      var settings = ListenerSettings(
        name: kind.name, telemetryProtocol: kind,
        address: SocketAddress(SourceAddress(high: 0, low: 0, port: 1), isIPv6: true))
      settings.snmp.users = users.compactMap { $0 }
      settings.snmp.engine = SNMPEngine(id: [0x80, 0, 0, 0, 5, 1, 2, 3], boots: 3)
      return settings
    }
    batch = Batch(listenerCount: kinds.count)
    pipeline = LanePipeline(
      listeners: listeners, bounds: TimeBounds(futureNanos: Nanos.perDay, readingsAgeNanos: nil, eventsAgeNanos: nil),
      admission: Admission(registry: .empty, knownOnly: false), seed: 1)
    pipeline.begin(batch, segment: 1)
  }

  private func take(_ bytes: RawSpan, as kind: TelemetryProtocol) {
    let listener = kinds.firstIndex(of: kind)!
    var arrival = LanePipeline.Arrival(
      listener: listener, source: SourceAddress(ipv4: 0x7F00_0001, port: 4_000),
      destination: SourceAddress(ipv4: 0x7F00_0001, port: 5_004), nanos: nanos, monotonicNanos: nanos)
    arrival.isCaptured = kind == .capture
    _ = pipeline.take(bytes, arrival)
    nanos += 7 * Nanos.perMillisecond
    while pipeline.tick(nanos, monotonicNanos: nanos), !pipeline.isFull {}
    let counts = batch.counts[listener]
    precondition(counts.received == counts.decoded + counts.rejectedTotal, "BUG: the account does not balance")
    rounds += 1
    // Series and streams are remembered; a new lane now and then keeps runs alike.
    if rounds % 1_024 == 0 || pipeline.isFull {
      _ = pipeline.takeBatch()
      pipeline.begin(batch, segment: UInt64(rounds))
    }
  }

  /// Whether an input holds several datagrams, each behind a quarter of its length, so that streams come about.
  static func takesSeveral(_ kind: TelemetryProtocol) -> Bool { kind == .rtp || kind == .capture }

  /// Datagrams as inputs of that form: each by itself, and many together.
  static func inputs(of datagrams: [[UInt8]]) -> [[UInt8]] {
    let framed = datagrams.filter { $0.count <= 1_020 }.map { datagram in
      let quarters = (datagram.count + 3) / 4
      return [UInt8(quarters)] + datagram + [UInt8](repeating: 0, count: 4 * quarters - datagram.count)
    }
    let together = stride(from: 0, to: framed.count, by: 80).map { first in
      Array(framed[first..<min(first + 80, framed.count)].joined())
    }
    return framed + together
  }

  func takeInput(_ bytes: RawSpan, as kind: TelemetryProtocol) {
    if Self.takesSeveral(kind) { takeSeveral(bytes, as: kind) } else { take(bytes, as: kind) }
  }

  /// Several datagrams in one input, each behind its length, so that streams come about.
  private func takeSeveral(_ bytes: RawSpan, as kind: TelemetryProtocol) {
    var at = 0
    while at + 2 <= bytes.byteCount {
      let length = Int(bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self)) * 4
      let end = min(bytes.byteCount, at + 1 + length)
      take(bytes.extracting(at + 1..<end), as: kind)
      at = end
    }
  }
}
