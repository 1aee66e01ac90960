import Primitives
import Protocols
import Registry
import Sys
import Telemetry

/// A lane's pipeline with one listener and one batch, which is begun anew when it is full: what the lane's thread does
/// between its sockets and its committer.
struct LanePass: ~Copyable {
  private var pipeline: LanePipeline
  private let source = SourceAddress(ipv4: 0x7F00_0001, port: 5_683)
  private(set) var taken: UInt64 = 0
  private(set) var readings: UInt64 = 0

  init(_ telemetryProtocol: TelemetryProtocol) {
    let address = SocketAddress(SourceAddress(ipv4: 0x7F00_0001, port: 5_683))
    pipeline = LanePipeline(
      listeners: [ListenerSettings(name: "micro", telemetryProtocol: telemetryProtocol, address: address)],
      bounds: TimeBounds(futureNanos: Nanos.perHour, readingsAgeNanos: nil, eventsAgeNanos: nil),
      admission: Admission(registry: .empty, knownOnly: false), seed: 42)
    pipeline.begin(Batch(listenerCount: 1), segment: 1)
  }

  var seriesCount: Int { pipeline.seriesCount }
  /// Whether the batch should go before another datagram comes.
  var isFull: Bool { pipeline.isFull }

  /// Takes a datagram.
  mutating func take(_ datagram: RawSpan, arrivalNanos: UnixNanos) {
    if pipeline.isFull { beginAgain() }
    take(datagram, source: source, arrivalNanos: arrivalNanos)
  }

  /// Takes a datagram of a sender of its own, and writes what rows of seconds are due.
  mutating func take(_ datagram: RawSpan, source: SourceAddress, arrivalNanos: UnixNanos) {
    if pipeline.isFull { beginAgain() }
    while pipeline.tick(arrivalNanos, monotonicNanos: arrivalNanos) {
      if pipeline.isFull { beginAgain() }
    }
    _ = pipeline.take(
      datagram,
      LanePipeline.Arrival(
        listener: 0, source: source, destination: SourceAddress(ipv4: 0x7F00_0001, port: 20_004), nanos: arrivalNanos,
        monotonicNanos: arrivalNanos))
  }

  /// Adds up what the batch counted and empties it.
  mutating func beginAgain() {
    guard let batch = pipeline.takeBatch() else { return }
    add(batch)
    pipeline.begin(batch, segment: 1)
  }

  /// Takes the batch out, and begins another.
  mutating func changeBatch() -> Batch? {
    guard let batch = pipeline.takeBatch() else { return nil }
    add(batch)
    pipeline.begin(Batch(listenerCount: 1), segment: 1)
    return batch
  }

  private mutating func add(_ batch: Batch) {
    taken += batch.counts[0].decoded
    readings += batch.counts[0].readings
    precondition(
      batch.counts[0].received == batch.counts[0].decoded, "BUG: datagrams that the pipeline does not understand")
  }
}
